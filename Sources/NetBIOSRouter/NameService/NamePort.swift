import Glibc
import Sockets
import NetBIOS

/// An open UDP socket of the name service. Belongs to the event loop of the ``NameServer``.
///
/// An answer that cannot be sent now, to a network without a route, through a firewall, or behind a thousand others, is lost
/// like any datagram; whoever asked asks again. No error of a send or a receive ends the socket.
final class NamePort: SocketHandler {
    private let socket: NameSocket
    private let loop: EventLoop
    private var loopSocket = LoopSocket()
    private let receiver: DatagramReceiver
    /// Who gets the datagrams.
    private let received: NamePorts.Recipient
    private var batch = DatagramBatch()
    /// Whether datagrams may wait.
    private var mayRead = false
    /// Receives in a row that failed.
    private var failures = 0

    /// Bytes that the kernel keeps each way, some thousand datagrams; less where its own limit is less.
    private static let bufferLength: CInt = 1 << 20

    /// Opens a socket and begins to read.
    ///
    /// - Parameters:
    ///   - socket: Where to bind.
    ///   - sharesPort: Whether other sockets of ours hold the port at other addresses. Where none does, another name service
    ///     in the way is found out.
    ///   - loop: The loop of the name server.
    ///   - receiver: What all sockets of the loop receive with.
    ///   - received: Is given each datagram.
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
            // The service manager may hold it, too.
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

    /// An error of the socket is taken away by the receive that it fails; one that stays is no reason to try on and on.
    private static let failureLimit = 3

    /// Receives a batch, and the next one when the other sockets have had their turn.
    private func receive() {
        let count = self.receiver.receive(
            from: self.loopSocket.descriptor,
            // Where a unicast came to is the socket's own address.
            saysArrival: self.socket.receives == .broadcasts
        ) { self.received($0, self.socket) }
        self.failures = count == nil ? self.failures + 1 : 0
        // Behind an error there may be datagrams.
        self.mayRead = count.map { $0 >= DatagramReceiver.limit } ?? (self.failures < Self.failureLimit)
        if self.mayRead { self.loopSocket.requestTurn() }
    }

    /// Sends a datagram, or loses it: together with the others of this turn of the event loop.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        if self.batch.isEmpty { self.loopSocket.requestTurn() }
        self.batch.append(bytes, to: destination)
        if self.batch.isFull { self.flush() }
    }

    /// Sends what waits.
    private func flush() {
        if !self.batch.isEmpty { self.batch.send(on: self.loopSocket.descriptor) }
    }

    /// Lets another socket of this user bind to the port at another address, or no longer.
    func setSharesPort(_ shares: Bool) {
        try? SocketOption.reusePort.set(on: self.loopSocket.descriptor, to: shares ? 1 : 0)
    }

    /// Sends what waits, and closes the socket.
    func close() {
        self.flush()
        self.loopSocket.close()
    }

    /// A bound descriptor.
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
        // The service manager's socket at all addresses belongs to another user, and lets others bind beside it so.
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
