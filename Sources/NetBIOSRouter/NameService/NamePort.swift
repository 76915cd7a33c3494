import Glibc
import Sockets
import NetBIOS

/// An open UDP socket of the name service. Confined to the event loop of the ``NameServer``.
///
/// A datagram that cannot be sent, for lack of a route, because of a firewall or a full buffer, is dropped; the peer
/// retransmits its request. Errors of send and receive do not close the socket.
final class NamePort: SocketHandler {
    private let socket: NameSocket
    private let loop: EventLoop
    private var loopSocket = LoopSocket()
    private let receiver: DatagramReceiver
    /// Receives the datagrams.
    private let received: NamePorts.Recipient
    private var batch = DatagramBatch()
    /// Whether datagrams may be pending.
    private var mayRead = false
    /// Consecutive failed receives.
    private var failures = 0

    /// The size of each kernel buffer in bytes, for several thousand datagrams; limited by the kernel's maximum.
    private static let bufferLength: CInt = 1 << 20

    /// Opens the socket and starts reading.
    ///
    /// - Parameters:
    ///   - socket: The address to bind.
    ///   - sharesPort: Whether other sockets of the router hold the port at other addresses. Otherwise another name
    ///     service on the port is detected.
    ///   - loop: The loop of the name server.
    ///   - receiver: The receiver shared by the loop's sockets.
    ///   - received: Receives each datagram.
    /// - Throws: ``BindError``.
    init(
        _ socket: NameSocket,
        sharesPort: Bool,
        on loop: EventLoop,
        receiver: DatagramReceiver,
        received: @escaping NamePorts.Recipient
    ) throws(BindError) {
        self.socket = socket
        self.loop = loop
        self.receiver = receiver
        self.received = received
        let descriptor = try Self.bound(socket, sharesPort: sharesPort)
        do throws(SystemCallError) {
            // The service manager may hold the socket, too.
            self.loopSocket = try loop.add(descriptor, as: .datagrams, isShared: true, handler: nil)
        } catch {
            throw Self.failure(error, socket)
        }
        self.loopSocket.setHandler(self)
    }

    func socket(_ id: SocketID, became readiness: Readiness) {
        if !readiness.isEmpty { self.mayRead = true }
        if self.mayRead { self.receive() }
        self.flush()
    }

    /// The maximum number of consecutive failed receives: a receive clears a pending error, and a persistent one is not
    /// retried.
    private static let failureLimit = 3

    /// Receives a batch, and the next one after the other sockets had their turn.
    private func receive() {
        let count = self.receiver.receive(
            from: self.loopSocket.descriptor,
            // A unicast was sent to the socket's own address.
            reportsArrival: self.socket.receives == .broadcasts
        ) { self.received($0, self.socket) }
        self.failures = count == nil ? self.failures + 1 : 0
        // Datagrams may follow an error.
        self.mayRead = count.map { $0 >= DatagramReceiver.limit } ?? (self.failures < Self.failureLimit)
        if self.mayRead { self.loopSocket.requestTurn() }
    }

    /// Queues a datagram, to be sent with the others of this turn of the event loop.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        if self.batch.isEmpty { self.loopSocket.requestTurn() }
        self.batch.append(bytes, to: destination)
        if self.batch.isFull { self.flush() }
    }

    /// Sends the queued datagrams.
    private func flush() {
        if !self.batch.isEmpty { self.batch.send(on: self.loopSocket.descriptor) }
    }

    /// Sets whether another socket of this user may bind the port at another address.
    func setSharesPort(_ shares: Bool) {
        try? SocketOption.reusePort.set(on: self.loopSocket.descriptor, to: shares ? 1 : 0)
    }

    /// Sends the queued datagrams and closes the socket.
    func close() {
        self.flush()
        self.loopSocket.close()
    }

    /// Returns a bound descriptor.
    private static func bound(_ socket: NameSocket, sharesPort: Bool) throws(BindError) -> OwnedDescriptor {
        let inherited = InheritedSockets.shared.take(.datagram, "\(socket.address):\(socket.port)")
        let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let number = inherited ?? Glibc.socket(AF_INET, type, 0)
        guard number >= 0 else { throw self.failure(SystemCallError.current("socket"), socket) }
        let descriptor = OwnedDescriptor(number)
        do throws(SystemCallError) {
            try SocketOption.broadcast.set(on: number, to: 1)
            try SocketOption.packetInformation.set(on: number, to: socket.receives == .broadcasts ? 1 : 0)
            for option in [SocketOption.sendBuffer, .receiveBuffer] {
                try? option.set(on: number, to: self.bufferLength)
            }
            if inherited == nil { try self.bind(number, to: socket, sharesPort: sharesPort) }
        } catch {
            throw self.failure(error, socket)
        }
        return descriptor
    }

    private static func bind(_ descriptor: CInt, to socket: NameSocket, sharesPort: Bool) throws(SystemCallError) {
        try SocketOption.reusePort.set(on: descriptor, to: sharesPort ? 1 : 0)
        // The service manager's socket at all addresses belongs to another user, and allows further sockets with this
        // option.
        if InheritedSockets.shared.hasGiven(.datagram, port: socket.port) {
            try SocketOption.reuseAddress.set(on: descriptor, to: 1)
        }
        let isBound = sockaddr_in(socket.address, port: socket.port).withSockaddr { pointer, length in
            Glibc.bind(descriptor, pointer, length) == 0
        }
        guard isBound else { throw SystemCallError.current("bind") }
        try SocketOption.reusePort.set(on: descriptor, to: 0)
    }

    private static func failure(_ reason: SystemCallError, _ socket: NameSocket) -> BindError {
        BindError(service: .name, endpoint: Endpoint(socket.address, port: socket.port), reason: reason)
    }
}

@available(*, unavailable)
extension NamePort: Sendable {}
