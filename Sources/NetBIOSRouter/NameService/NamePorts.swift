import NIOCore
import NetBIOS

/// The sockets that the ``NameServer`` has open. Belongs to its event loop.
///
/// It closes none: a socket that closes tells the server at once, which looks in here.
struct NamePorts {
    private var ports: [NameSocket: NamePort] = [:]

    /// Those of the sockets that are not open, the one that is bound to all addresses first: it is the one that finds
    /// another name service in its way.
    func missing(_ sockets: Set<NameSocket>) -> [NameSocket] {
        sockets.filter { self.ports[$0]?.isOpen != true }.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
    }

    /// Opens a socket beside those of ours, which share the port with it for this moment and with nobody afterwards.
    ///
    /// - Parameters:
    ///   - socket: Where to bind.
    ///   - opened: Sockets that were opened with it and are not added yet.
    ///   - eventLoop: The loop of the name server.
    ///   - server: Who gets the datagrams.
    /// - Returns: The open socket, to be added or closed.
    /// - Throws: ``BindError``.
    func open(
        _ socket: NameSocket,
        beside opened: [NameSocket: NamePort],
        on eventLoop: any EventLoop,
        server: NameServer
    ) async throws -> NamePort {
        let others = (Array(self.ports) + opened).filter { $0.key.port == socket.port }.map(\.value)
        for port in others { port.sharesPort(true) }
        defer { for port in others { port.sharesPort(false) } }
        return try await NamePort.open(socket, sharesPort: !others.isEmpty, on: eventLoop, server: server).value
    }

    /// Takes over what was opened.
    ///
    /// - Returns: What is to be closed, since a look at the interfaces and a reload met and the other one came first.
    mutating func add(_ opened: [NameSocket: NamePort]) -> [NamePort] {
        let late = opened.filter { self.ports[$0.key]?.isOpen == true }
        self.ports.merge(opened.filter { late[$0.key] == nil }) { $1 }
        return Array(late.values)
    }

    /// Takes all but these out of the books, so that their end is not taken for a failure.
    ///
    /// - Returns: What is to be closed.
    mutating func remove(except wanted: Set<NameSocket>) -> [NamePort] {
        let unwanted = self.ports.filter { !wanted.contains($0.key) }
        self.ports = self.ports.filter { wanted.contains($0.key) }
        return Array(unwanted.values)
    }

    /// Takes a socket that has closed by itself out of the books; false for one that is open, or was closed by us.
    mutating func forget(_ socket: NameSocket) -> Bool {
        guard let port = self.ports[socket], !port.isOpen else { return false }
        self.ports[socket] = nil
        return true
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
