import Glibc
import NIOCore

/// Makes one TCP connection. Belongs to one ``SocketLoop``, which keeps it until it is done.
final class ConnectionAttempt: SocketHandler {
    private let loop: SocketLoop
    private var id: SocketID?
    private var completion: ((Result<StreamSocket, IOError>) -> Void)?

    /// - Parameters:
    ///   - loop: Where the connection is to live.
    ///   - completion: Called once, unless the attempt is abandoned, and maybe before ``start(to:from:)`` returns. The
    ///     connection is the caller's, who gives it another handler.
    init(on loop: SocketLoop, completion: @escaping (Result<StreamSocket, IOError>) -> Void) {
        self.loop = loop
        self.completion = completion
    }

    /// Begins.
    ///
    /// - Parameters:
    ///   - address: The peer's.
    ///   - source: The address to connect from, with port 0, where it is not the router's own: takes a capability.
    func start(to address: SocketAddress, from source: SocketAddress?) {
        do throws(IOError) {
            let connection = try TCPSocket.make(address.protocol == .inet6 ? AF_INET6 : AF_INET)
            guard let id = self.loop.add(connection, handler: self) else {
                let error = IOError(errnoCode: errno, reason: "epoll_ctl")
                close(connection)
                throw error
            }
            self.id = id
            try TCPSocket.setRelayOptions(connection)
            if let source { try TCPSocket.bindTransparently(connection, to: source) }
            if try TCPSocket.connect(connection, to: address) { self.connected(id) }
        } catch {
            self.end()
            self.completion.take()?(.failure(error))
        }
    }

    /// Gives the attempt up.
    func abandon() {
        self.completion = nil
        self.end()
    }

    func socket(_ id: SocketID, is readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.writable, .closed, .broken]) else { return }
        let status = readiness.contains(.broken) ? SocketOption.pendingError.value(of: id.descriptor) ?? 0 : 0
        guard status == 0 else {
            self.end()
            self.completion.take()?(.failure(IOError(errnoCode: status, reason: "connect")))
            return
        }
        // The kernel tells of a socket that is not connecting yet, as it is between being made and connecting.
        guard readiness.contains(.writable), !readiness.contains(.closed) else { return }
        self.connected(id, readiness)
    }

    private func connected(_ id: SocketID, _ readiness: Readiness = .writable) {
        var socket = StreamSocket(id, mayWrite: true)
        socket.noted(readiness)
        self.id = nil
        self.completion.take()?(.success(socket))
    }

    private func end() {
        guard let id = self.id else { return }
        self.id = nil
        if self.loop.remove(id) { close(id.descriptor) }
    }
}

@available(*, unavailable)
extension ConnectionAttempt: Sendable {}
