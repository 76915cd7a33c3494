import Glibc

/// A lock that keeps tests that measure time apart from all others: many may run concurrently, or one alone.
final class NoisyNeighbours: @unchecked Sendable {
    // Unchecked: the lock is an immutable pointer to a thread-safe C object.
    private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    static let shared = NoisyNeighbours()

    private init() {
        pthread_rwlock_init(self.lock, nil)
    }

    /// Runs a body concurrently with others, or alone.
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
