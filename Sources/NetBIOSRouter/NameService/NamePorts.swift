import NetBIOS
import Sockets

/// The open sockets of the ``NameServer``. Confined to its event loop.
final class NamePorts {
    private let loop: EventLoop
    private let receiver = DatagramReceiver()
    private var ports: [NameSocket: NamePort] = [:]

    /// Receives a datagram and its socket.
    typealias Recipient = (ReceivedDatagram, NameSocket) -> Void

    /// - Parameter loop: The loop of the name server.
    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Returns the sockets that are not open, the wildcard address first, since it conflicts with another name service.
    func missing(_ sockets: Set<NameSocket>) -> [NameSocket] {
        sockets.filter { !self.isOpen($0) }.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
    }

    /// Whether a socket is open.
    func isOpen(_ socket: NameSocket) -> Bool { self.ports[socket] != nil }

    /// Opens sockets. They share ports with the router's other sockets while they are bound, and with none afterwards.
    ///
    /// - Parameters:
    ///   - sockets: The sockets, in the order to open them.
    ///   - failed: Called for each that cannot be opened. If it throws, none of the sockets stays open.
    ///   - received: Receives each datagram.
    /// - Throws: The error of `failed`.
    func open<Failure: Error>(
        _ sockets: [NameSocket],
        failed: (BindError) throws(Failure) -> Void,
        received: @escaping Recipient
    ) throws(Failure) {
        let numbers = Set(sockets.map(\.port))
        self.setSharesPort(true, numbers)
        defer { self.setSharesPort(false, numbers) }
        var taken = Set(self.ports.keys.map(\.port))
        for (index, socket) in sockets.enumerated() {
            do throws(BindError) {
                let port = try NamePort(
                    socket,
                    sharesPort: taken.contains(socket.port),
                    on: self.loop,
                    receiver: self.receiver,
                    received: received
                )
                port.setSharesPort(true)
                self.ports[socket] = port
                taken.insert(socket.port)
            } catch {
                do throws(Failure) {
                    try failed(error)
                } catch {
                    self.close(sockets.prefix(index))
                    throw error
                }
            }
        }
    }

    private func setSharesPort(_ shares: Bool, _ numbers: Set<UInt16>) {
        for (socket, port) in self.ports where numbers.contains(socket.port) { port.setSharesPort(shares) }
    }

    /// Closes all other sockets.
    func close(except wanted: Set<NameSocket>) {
        self.close(self.ports.keys.filter { !wanted.contains($0) })
    }

    private func close(_ sockets: some Sequence<NameSocket>) {
        for socket in sockets { self.ports.removeValue(forKey: socket)?.close() }
    }

    /// Sends a datagram from a socket; drops it if the socket is closed.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, from socket: NameSocket) {
        self.ports[socket]?.send(bytes, to: destination)
    }

    /// Sends a datagram from the first open socket of several; drops it if none is open.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, fromFirstOf sockets: [NameSocket]) {
        sockets.lazy.compactMap { self.ports[$0] }.first?.send(bytes, to: destination)
    }
}

@available(*, unavailable)
extension NamePorts: Sendable {}
