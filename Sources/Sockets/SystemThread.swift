import Glibc
import SystemPackage

/// Threads for loops and for calls that block.
package enum SystemThread {
    /// Starts a detached thread, which retains `body` until it returns.
    ///
    /// - Throws: ``SystemCallError`` where no thread is left.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let start = Unmanaged.passRetained(Start(body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { start in
                if let start { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
                return nil
            },
            start.toOpaque()
        )
        guard status == 0 else {
            start.release()
            throw SystemCallError(Errno(rawValue: status), in: "pthread_create")
        }
        pthread_detach(thread)
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
