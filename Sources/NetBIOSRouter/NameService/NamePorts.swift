import NetBIOS

/// The sockets that the ``NameServer`` has open. Belongs to its event loop.
final class NamePorts {
    private let loop: SocketLoop
    private let receiver = DatagramReceiver()
    private var ports: [NameSocket: NamePort] = [:]

    /// Is given a datagram, and the socket that it came to.
    typealias Recipient = (ReceivedDatagram, NameSocket) -> Void

    /// - Parameter loop: The loop of the name server.
    init(on loop: SocketLoop) {
        self.loop = loop
    }

    /// Those of the sockets that are not open, the one that is bound to all addresses first: it is the one that finds
    /// another name service in its way.
    func missing(_ sockets: Set<NameSocket>) -> [NameSocket] {
        sockets.filter { self.ports[$0] == nil }.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
    }

    /// Opens a socket beside those of ours, which share the port with it for this moment and with nobody afterwards.
    ///
    /// - Throws: ``BindError``.
    func open(_ socket: NameSocket, received: @escaping Recipient) throws(BindError) {
        let others = self.ports.filter { $0.key.port == socket.port }.values
        for port in others { port.sharesPort(true) }
        defer { for port in others { port.sharesPort(false) } }
        self.ports[socket] = try NamePort(
            socket,
            sharesPort: !others.isEmpty,
            on: self.loop,
            receiver: self.receiver,
            received: received
        )
    }

    /// Opens all of these sockets, or where one cannot be had none.
    ///
    /// - Throws: ``BindError``.
    func open(_ sockets: [NameSocket], received: @escaping Recipient) throws(BindError) {
        for (index, socket) in sockets.enumerated() {
            do throws(BindError) {
                try self.open(socket, received: received)
            } catch {
                self.close(sockets.prefix(index))
                throw error
            }
        }
    }

    /// Closes all but these.
    func close(except wanted: Set<NameSocket>) {
        self.close(self.ports.keys.filter { !wanted.contains($0) })
    }

    private func close(_ sockets: some Sequence<NameSocket>) {
        for socket in sockets { self.ports.removeValue(forKey: socket)?.close() }
    }

    /// Sends a datagram from a socket, or loses it.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, from socket: NameSocket) {
        self.ports[socket]?.send(bytes, to: destination)
    }

    /// Sends a datagram from the first of the sockets that is open, or loses it.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, fromFirstOf sockets: [NameSocket]) {
        sockets.lazy.compactMap { self.ports[$0] }.first?.send(bytes, to: destination)
    }
}

@available(*, unavailable)
extension NamePorts: Sendable {}
