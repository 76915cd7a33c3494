import Glibc
import SystemPackage

/// One attempt to establish a TCP connection. Confined to one ``EventLoop``, which retains it until it ends.
package final class ConnectionAttempt: SocketHandler {
    private let loop: EventLoop
    private var socket = StreamSocket()
    private var completion: Completion?

    /// Receives the connection, which the receiver gives another handler, or the reason why there is none.
    package typealias Completion = (consuming Result<StreamSocket, SystemCallError>) -> Void

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - endpoint: The peer.
    ///   - source: The address to connect from, with port 0, where it is not the router's own; takes CAP_NET_RAW.
    ///   - options: Options of the socket.
    ///   - loop: The loop of the connection.
    ///   - completion: Called once, after this returns, unless the attempt is cancelled.
    package init(
        to endpoint: Endpoint,
        from source: Endpoint?,
        options: [(option: SocketOption, value: CInt)],
        on loop: EventLoop,
        completion: @escaping Completion
    ) {
        self.loop = loop
        self.completion = completion
        do throws(SystemCallError) {
            let descriptor = try TCPSocket.make(endpoint.family)
            for (option, value) in options { try option.set(on: descriptor.rawValue, to: value) }
            if let source { try TCPSocket.bindTransparently(descriptor.rawValue, to: source) }
            let isEstablished = try TCPSocket.connect(descriptor.rawValue, to: endpoint)
            self.socket = try StreamSocket(descriptor, on: loop, origin: .connecting, handler: self)
            // The loop may report a connection that exists already first.
            if isEstablished { loop.nextTurn { self.connected(.writable) } }
        } catch {
            loop.nextTurn { self.failed(error) }
        }
    }

    /// Closes the socket; the completion is not called.
    package func cancel() {
        self.completion = nil
        self.socket.close()
    }

    package func socket(_ id: SocketID, became readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.writable, .closed, .broken]) else { return }
        let status = readiness.contains(.broken) ? SocketOption.pendingError.value(of: id.descriptor) ?? 0 : 0
        guard status == 0 else { return self.failed(SystemCallError(Errno(rawValue: status), in: "connect")) }
        self.connected(readiness)
    }

    private func connected(_ readiness: Readiness) {
        guard self.socket.isOpen else { return }
        var socket = StreamSocket()
        swap(&socket, &self.socket)
        socket.record(readiness)
        self.completion.take()?(.success(socket))
    }

    private func failed(_ error: SystemCallError) {
        self.socket.close()
        self.completion.take()?(.failure(error))
    }
}

@available(*, unavailable)
extension ConnectionAttempt: Sendable {}
