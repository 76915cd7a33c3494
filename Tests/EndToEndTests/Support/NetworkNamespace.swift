import Foundation
import Glibc
import Synchronization

/// A network of its own for one host of a test: `ip netns` under a name that no other test uses.
struct NetworkNamespace: Hashable, Sendable {
    /// The name that `ip netns` knows it by.
    let name: String

    private static let created = Mutex(0)
    /// Tells this run's namespaces from those of others; Tests/run names it, to find what an interrupted run left.
    private static let run = ProcessInfo.processInfo.environment["NBROUTER_TEST_RUN"] ?? "\(getpid())"

    /// Chooses a free name; ``Lan`` creates the namespace itself.
    init(_ purpose: String) {
        let number = Self.created.withLock { count in
            count += 1
            return count
        }
        self.name = "nbr-\(Self.run)-\(number)-\(purpose)"
    }

    /// Does something, such as opening a socket, on a thread that has moved into this namespace.
    ///
    /// A socket belongs for good to the namespace that it was opened in, so any thread may use it afterwards.
    func enter<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let box = ResultBox<Value>()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            box.result.withLock {
                $0 = Result {
                    try self.moveThisThread()
                    return try body()
                }
            }
            done.signal()
        }
        thread.start()
        done.wait()
        guard let result = box.result.withLock({ $0 }) else {
            throw SystemFailure("enter namespace \(self.name)", code: EINVAL)
        }
        return try result.get()
    }

    /// Moves the calling thread, and no other, into this namespace.
    private func moveThisThread() throws {
        let file = open("/run/netns/\(self.name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFailure("open namespace \(self.name)") }
        defer { close(file) }
        // Swift's Glibc module has no setns(2): it is declared for _GNU_SOURCE alone. The C library has it.
        typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
        guard let symbol = dlsym(nil, "setns") else { throw SystemFailure("find setns", code: ENOSYS) }
        let setNamespace = unsafeBitCast(symbol, to: SetNamespace.self)
        let networkOnly: Int32 = 0x4000_0000  // CLONE_NEWNET
        guard setNamespace(file, networkOnly) == 0 else { throw SystemFailure("enter namespace \(self.name)") }
    }
}

/// Carries a result from one thread to another.
private final class ResultBox<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
}
