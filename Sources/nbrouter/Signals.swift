import Glibc
import Sockets
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
    ///   - numbers: SIGTERM and the like.
    ///   - handle: Called on the thread for each signal, in order. Must not block: later signals wait for it.
    /// - Throws: ``SystemCallError`` where no descriptor or thread is left.
    static func trap(_ numbers: CInt..., handle: @escaping @Sendable (CInt) -> Void) throws(SystemCallError) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .current("socketpair") }
        let (output, input) = (ends[0], ends[1])
        // A handler never waits: a signal that does not fit has been delivered often enough.
        _ = fcntl(input, F_SETFL, O_NONBLOCK)
        self.input.store(input, ordering: .releasing)
        try SystemThread.start {
            var byte: UInt8 = 0
            while true {
                let count = read(output, &byte, 1)
                if count == 1 { handle(CInt(byte)) } else if errno != EINTR { return }
            }
        }
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
}
