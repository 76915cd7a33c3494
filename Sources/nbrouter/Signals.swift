import Glibc
import Synchronization

/// Delivers signals to a thread of their own, so that they are obeyed whatever else hangs.
///
/// The handler, which may run on any thread at any moment, writes the number into a socket that the thread reads (signal-safety(7)).
enum Signals {
    /// The end that the handler writes to; -1 before ``trap(_:handle:)``.
    private static let input = Atomic<CInt>(-1)

    /// Traps signals from its return on. For one call in the life of a process.
    ///
    /// - Parameters:
    ///   - numbers: SIGTERM and the like.
    ///   - handle: Called on the thread for each signal, in order.
    /// - Throws: ``Failure`` where there is no descriptor or thread to be had.
    static func trap(_ numbers: CInt..., handle: @escaping @Sendable (CInt) -> Void) throws {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure(number: errno) }
        // A handler never waits: a signal that does not fit has been delivered often enough.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        self.input.store(ends[1], ordering: .releasing)
        let reader = Unmanaged.passRetained(Reader(descriptor: ends[0], handle: handle))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { reader in
                if let reader { Unmanaged<Reader>.fromOpaque(reader).takeRetainedValue().run() }
                return nil
            },
            reader.toOpaque()
        )
        guard status == 0 else {
            reader.release()
            throw Failure(number: status)
        }
        pthread_detach(thread)
        for number in numbers {
            var action = sigaction()
            action.sa_flags = SA_RESTART
            action.__sigaction_handler.sa_handler = { number in
                let previous = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Signals.input.load(ordering: .acquiring), &byte, 1)
                errno = previous
            }
            sigaction(number, &action, nil)
        }
    }

    /// A system error that keeps signals from being trapped.
    struct Failure: Error, CustomStringConvertible {
        let number: CInt

        var description: String { "signals cannot be trapped: \(String(cString: strerror(self.number)).lowercased())" }
    }

    /// Reads signal numbers on the thread.
    private final class Reader: Sendable {
        private let descriptor: CInt
        private let handle: @Sendable (CInt) -> Void

        init(descriptor: CInt, handle: @escaping @Sendable (CInt) -> Void) {
            self.descriptor = descriptor
            self.handle = handle
        }

        func run() {
            var byte: UInt8 = 0
            while true {
                let count = read(self.descriptor, &byte, 1)
                if count == 1 { self.handle(CInt(byte)) } else if errno != EINTR { return }
            }
        }
    }
}
