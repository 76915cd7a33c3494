import Glibc

/// Keeps tests that measure time apart from all others: many may run beside each other, or one alone.
final class NoisyNeighbours: @unchecked Sendable {
    // Unchecked since the lock is a pointer, which never changes; what it points at is the C library's business.
    private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    static let shared = NoisyNeighbours()

    private init() {
        pthread_rwlock_init(self.lock, nil)
    }

    /// Does something beside others of its kind, or alone.
    func run<Value>(alone: Bool, _ body: () throws -> Value) rethrows -> Value {
        if alone {
            pthread_rwlock_wrlock(self.lock)
        } else {
            pthread_rwlock_rdlock(self.lock)
        }
        defer { pthread_rwlock_unlock(self.lock) }
        return try body()
    }
}
