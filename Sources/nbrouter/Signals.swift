import Glibc
import Synchronization

/// Delivers signals on a dedicated thread, so that they are handled even if everything else hangs.
///
/// The handler may interrupt any thread, and only writes the signal number to a socket that the thread reads
/// (signal-safety(7)).
enum Signals {
    /// The descriptor that the handler writes to; -1 before ``trap(_:handle:)``.
    private static let input = Atomic<CInt>(-1)

    /// Traps signals. To be called once in the life of a process.
    ///
    /// - Parameters:
    ///   - numbers: The signals.
    ///   - handle: Called on the thread for each signal, in order.
    /// - Throws: ``Failure`` if no descriptor or thread is available.
    static func trap(_ numbers: CInt..., handle: @escaping @Sendable (CInt) -> Void) throws {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure(number: errno) }
        // A handler must not block; if the buffer is full, enough signals are queued.
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

    /// The system error of ``trap(_:handle:)``.
    struct Failure: Error, CustomStringConvertible {
        let number: CInt

        var description: String { "cannot trap signals: \(String(cString: strerror(self.number)).lowercased())" }
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
