import CLinux
import Glibc
import NIOCore
import NetBIOS

/// An open UDP socket of the name service. Belongs to the event loop of the ``NameServer``.
///
/// An answer that cannot be sent now, to a network without a route, through a firewall, or behind a thousand others, is lost
/// like any datagram; whoever asked asks again. No error of a send or a receive ends the socket.
final class NamePort: SocketHandler {
    private let socket: NameSocket
    private let loop: SocketLoop
    private let id: SocketID
    private let receiver: DatagramReceiver
    /// Who gets the datagrams.
    private let received: NamePorts.Recipient
    private var batch = DatagramBatch()
    /// Whether datagrams may wait.
    private var mayRead = false

    /// Bytes of answers that the kernel keeps for the network, some thousand datagrams.
    private static let sendBufferLength: CInt = 1 << 20

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
        on loop: SocketLoop,
        receiver: DatagramReceiver,
        received: @escaping NamePorts.Recipient
    ) throws(BindError) {
        self.socket = socket
        self.loop = loop
        self.receiver = receiver
        self.received = received
        let descriptor = try Self.bound(socket, sharesPort: sharesPort)
        guard let id = loop.add(descriptor, as: .datagrams, handler: nil) else {
            let error = Self.failure("epoll_ctl", socket)
            Glibc.close(descriptor)
            throw error
        }
        self.id = id
        loop.setHandler(of: id, to: self)
    }

    func socket(_ id: SocketID, is readiness: Readiness) {
        if !readiness.isEmpty { self.mayRead = true }
        if self.mayRead { self.receive() }
        self.flush()
    }

    /// Receives a batch, and the next one in another turn.
    private func receive() {
        let count = self.receiver.receive(
            from: self.id.descriptor,
            // Where a unicast came to is the socket's own address.
            saysArrival: self.socket.receives == .broadcasts
        ) { self.received($0, self.socket) }
        // Behind an error there may be datagrams. It is taken away, so the next turn finds them, or nothing.
        self.mayRead = count ?? DatagramReceiver.limit >= DatagramReceiver.limit
        if self.mayRead { self.loop.tryAgain(self.id) }
    }

    /// Sends a datagram, or loses it: together with the others of this turn of the event loop.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        if self.batch.isEmpty { self.loop.tryAgain(self.id) }
        self.batch.append(bytes, to: destination)
        if self.batch.isFull { self.flush() }
    }

    /// Sends what waits.
    private func flush() {
        if !self.batch.isEmpty { self.batch.send(on: self.id.descriptor) }
    }

    /// Lets another socket of this user bind to the port at another address, or no longer.
    func sharesPort(_ shares: Bool) {
        _ = Self.set(self.id.descriptor, SO_REUSEPORT, shares ? 1 : 0)
    }

    /// Sends what waits, and closes the socket.
    func close() {
        self.flush()
        // The service manager may have it open, too.
        if self.loop.removeShared(self.id) { Glibc.close(self.id.descriptor) }
    }

    /// A bound descriptor.
    private static func bound(_ socket: NameSocket, sharesPort: Bool) throws(BindError) -> CInt {
        let inherited = InheritedSockets.shared.take(.datagram, "\(socket.address):\(socket.port)")
        let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = inherited ?? Glibc.socket(AF_INET, type, 0)
        func fail(_ call: String) -> BindError {
            let error = self.failure(call, socket)
            if descriptor >= 0 { Glibc.close(descriptor) }
            return error
        }
        guard descriptor >= 0 else { throw fail("socket") }
        guard self.set(descriptor, SO_BROADCAST, 1), self.set(descriptor, SO_REUSEPORT, sharesPort ? 1 : 0),
            self.set(descriptor, level: CInt(IPPROTO_IP), IP_PKTINFO, socket.receives == .broadcasts ? 1 : 0)
        else { throw fail("setsockopt") }
        _ = self.set(descriptor, SO_SNDBUF, self.sendBufferLength)
        guard inherited == nil else { return descriptor }
        // The service manager's socket at all addresses belongs to another user, and lets others bind beside it so.
        let isBeside = InheritedSockets.shared.hasGiven(.datagram, port: socket.port)
        guard !isBeside || self.set(descriptor, SO_REUSEADDR, 1) else { throw fail("setsockopt") }
        let isBound = SocketAddressBytes(socket.address, port: socket.port).withSockaddr { pointer, length in
            Glibc.bind(descriptor, pointer, length) == 0
        }
        guard isBound else { throw fail("bind") }
        guard self.set(descriptor, SO_REUSEPORT, 0) else { throw fail("setsockopt") }
        return descriptor
    }

    private static func set(_ descriptor: CInt, level: CInt = SOL_SOCKET, _ option: CInt, _ value: CInt) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }

    /// Why a system call failed, as `errno` says.
    private static func failure(_ call: String, _ socket: NameSocket) -> BindError {
        let reason = IOError(errnoCode: errno, reason: call)
        let address = ClientAddress(socket.address, port: socket.port).socketAddress(port: socket.port)
        return BindError(service: .name, address: address, reason: reason)
    }
}

@available(*, unavailable)
extension NamePort: Sendable {}
