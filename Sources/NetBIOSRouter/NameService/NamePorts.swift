import NetBIOS
import Sockets

/// The sockets that the ``NameServer`` has open. Belongs to its event loop.
final class NamePorts {
    private let loop: EventLoop
    private let receiver = DatagramReceiver()
    private var ports: [NameSocket: NamePort] = [:]

    /// Is given a datagram, and the socket that it came to.
    typealias Recipient = (ReceivedDatagram, NameSocket) -> Void

    /// - Parameter loop: The loop of the name server.
    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Those of the sockets that are not open, the one that is bound to all addresses first: it is the one that finds
    /// another name service in its way.
    func missing(_ sockets: Set<NameSocket>) -> [NameSocket] {
        sockets.filter { !self.isOpen($0) }.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
    }

    /// Whether a socket is open.
    func isOpen(_ socket: NameSocket) -> Bool { self.ports[socket] != nil }

    /// Opens sockets beside those of ours, which share their ports for this moment and with nobody afterwards.
    ///
    /// - Parameters:
    ///   - sockets: In this order.
    ///   - failed: Hears of each that cannot be had. Where it throws, none of these sockets stays open.
    ///   - received: Is given each datagram.
    /// - Throws: What `failed` throws.
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
