package import Glibc
import SystemPackage

/// Accepts connections on a listening IPv4 socket. Confined to one ``EventLoop``.
package final class StreamListener: SocketHandler {
    private let loop: EventLoop
    private let events: any Events
    private var socket = LoopSocket()
    private var pause: LoopTimer?

    /// Receives what happens to the listener.
    package protocol Events: AnyObject {
        /// Takes over an accepted connection, non-blocking and close-on-exec.
        func accepted(_ descriptor: CInt, from peer: sockaddr_in)
        /// Connections cannot be accepted, as for want of descriptors or memory: they wait in the kernel's queue and are
        /// tried again after ``StreamListener/pauseDuration``.
        func acceptFailed(_ error: SystemCallError)
        /// The socket was closed, by ``StreamListener/close()`` or by the kernel.
        func listenerClosed()
    }

    /// The pause after a failed accept: a level-triggered listener would keep its loop busy meanwhile.
    package static let pauseDuration = Duration.seconds(1)

    /// Connections accepted in one turn of the loop, while its budget lasts.
    private static let batch = 32
    /// The work of a connection: to accept it, and to begin what is done with it.
    private static let acceptWork = 32 * 1024

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - descriptor: A listening socket.
    ///   - isShared: Whether another process may hold it, such as the service manager.
    ///   - loop: The loop to accept on.
    ///   - events: Retained until the listener is closed.
    /// - Throws: ``SystemCallError`` where the kernel has no memory for it.
    package init(
        _ descriptor: consuming OwnedDescriptor,
        isShared: Bool,
        on loop: EventLoop,
        events: any Events
    ) throws(SystemCallError) {
        self.loop = loop
        self.events = events
        self.socket = try loop.add(descriptor, as: .listener, isShared: isShared, handler: nil)
        self.socket.setHandler(self)
    }

    /// The descriptor while the listener is open.
    package var descriptor: CInt? { self.socket.isOpen ? self.socket.descriptor : nil }

    /// Stops listening; connections that were accepted live on.
    package func close() {
        guard self.socket.isOpen else { return }
        self.socket.close()
        self.loop.cancel(self.pause)
        self.events.listenerClosed()
    }

    package func socket(_ id: SocketID, became readiness: Readiness) {
        // A paused listener is still reported when its socket breaks.
        guard self.pause == nil else { return }
        var failure: SystemCallError?
        for _ in 0..<Self.batch {
            do throws(SystemCallError) {
                var peer = sockaddr_in()
                guard let connection = try TCPSocket.accept(id.descriptor, peer: &peer) else { return }
                failure = nil
                self.events.accepted(connection, from: peer)
                self.loop.budget.spend(Self.acceptWork)
                if self.loop.budget.isSpent { return }
            } catch {
                switch Self.scope(of: error.errno) {
                case .connection: failure = error
                case .listener: return self.close()
                case .host: return self.pause(for: error)
                }
            }
        }
        // An error that comes again and again is about no connection, whatever accept(2) says.
        if let failure { self.pause(for: failure) }
    }

    /// The part of the system that an error of accept(2) is about.
    private enum Scope {
        /// The connection alone, which is gone.
        case connection
        /// The socket listens no more, as when an administrator destroys it (ss(8), -K).
        case listener
        /// This host, which lacks descriptors or memory, or whose security module forbids to accept.
        case host
    }

    private static func scope(of error: Errno) -> Scope {
        switch error.rawValue {
        case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ENOPROTOOPT,
            EOPNOTSUPP:
            .connection
        case EINVAL, EBADF, ENOTSOCK: .listener
        default: .host
        }
    }

    private func pause(for error: SystemCallError) {
        self.events.acceptFailed(error)
        self.socket.setPaused(true)
        self.pause = self.loop.schedule(at: self.loop.now + Self.pauseDuration) {
            self.pause = nil
            self.socket.setPaused(false)
        }
    }
}

@available(*, unavailable)
extension StreamListener: Sendable {}
