import Glibc
import NIOCore
import NIOPosix
import NetBIOS

/// An open UDP socket of the name service. Belongs to the event loop of the ``NameServer``.
///
/// NIO reads from it, in batches. Writing is done here, on the same descriptor: NIO closes a datagram channel at most errors
/// of a send, and keeps what a full send buffer does not take. A name service does neither. An answer that cannot be sent now,
/// to a network without a route, through a firewall, or behind a thousand others, is lost like any datagram; whoever asked
/// asks again.
final class NamePort {
    private let channel: any Channel
    /// Open as long as ``channel`` is, which the loop that both live on sees to.
    private let descriptor: CInt
    private(set) var isOpen = true
    private var batch = DatagramBatch()
    private var isFlushExpected = false

    /// Datagrams that one system call receives at most.
    private static let readBatch = 32

    /// Bytes of a datagram that are looked at. RFC 1002 §6 has at most 576.
    private static let maximumDatagramLength = 1024

    /// Bytes of answers that the kernel keeps for the network, some thousand datagrams.
    private static let sendBufferLength: CInt = 1 << 20

    private init(channel: any Channel, descriptor: CInt) {
        self.channel = channel
        self.descriptor = descriptor
    }

    /// Opens a socket and begins to read. On the event loop.
    ///
    /// - Parameters:
    ///   - socket: Where to bind.
    ///   - sharesPort: Whether other sockets of ours hold the port at other addresses. Where none does, another name service
    ///     in the way is found out.
    ///   - eventLoop: The loop of the name server.
    ///   - server: Who gets the datagrams.
    /// - Returns: The open socket.
    /// - Throws: ``BindError``.
    static func open(
        _ socket: NameSocket,
        sharesPort: Bool,
        on eventLoop: any EventLoop,
        server: NameServer
    ) async throws -> NIOLoopBound<NamePort> {
        let address = try SocketAddress(ipAddress: "\(socket.address)", port: Int(socket.port))
        let descriptor = try self.bound(socket, sharesPort: sharesPort, address)
        do {
            let channel = try await DatagramBootstrap(group: eventLoop)
                // Where a unicast came to is the socket's own address.
                .channelOption(.receivePacketInfo, value: socket.receives == .broadcasts)
                .channelOption(.datagramVectorReadMessageCount, value: self.readBatch)
                // A second read in a row would nearly always find nothing.
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: self.readBatch * self.maximumDatagramLength)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NamePortHandler(socket, server: server))
                    }
                }
                .withBoundSocket(descriptor).get()
            return try await eventLoop.submit {
                let port = NamePort(channel: channel, descriptor: descriptor)
                channel.closeFuture.assumeIsolated().whenComplete { _ in port.isOpen = false }
                return NIOLoopBound(port, eventLoop: eventLoop)
            }.get()
        } catch {
            throw BindError(service: .name, address: address, reason: error)
        }
    }

    /// Sends a datagram, or loses it: together with the others that are sent before the event loop looks at the network
    /// again.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint) {
        guard self.isOpen else { return }
        self.batch.append(bytes, to: destination)
        if self.batch.isFull { return self.flush() }
        guard !self.isFlushExpected else { return }
        self.isFlushExpected = true
        self.channel.eventLoop.assumeIsolated().execute {
            self.isFlushExpected = false
            self.flush()
        }
    }

    /// Sends what waits.
    private func flush() {
        guard self.isOpen, !self.batch.isEmpty else { return }
        self.batch.send(on: self.descriptor)
    }

    /// Lets another socket of this user bind to the port at another address, or no longer.
    func sharesPort(_ shares: Bool) {
        guard self.isOpen else { return }
        var value: CInt = shares ? 1 : 0
        setsockopt(self.descriptor, SOL_SOCKET, SO_REUSEPORT, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    func close() {
        self.flush()
        self.isOpen = false
        self.channel.close(promise: nil)
    }

    /// A bound descriptor.
    private static func bound(_ socket: NameSocket, sharesPort: Bool, _ address: SocketAddress) throws -> CInt {
        let inherited = InheritedSockets.shared.take(.datagram, address.logText)
        let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = inherited ?? Glibc.socket(AF_INET, type, 0)
        func fail(_ call: String) -> BindError {
            let error = IOError(errnoCode: errno, reason: call)
            if descriptor >= 0 { Glibc.close(descriptor) }
            return BindError(service: .name, address: address, reason: error)
        }
        func set(_ option: CInt, _ value: CInt) -> Bool {
            var value = value
            return setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
        }
        guard descriptor >= 0 else { throw fail("socket") }
        guard set(SO_BROADCAST, 1), set(SO_REUSEPORT, sharesPort ? 1 : 0) else { throw fail("setsockopt") }
        _ = set(SO_SNDBUF, self.sendBufferLength)
        guard inherited == nil else { return descriptor }
        // The service manager's socket at all addresses belongs to another user, and lets others bind beside it so.
        let isBeside = InheritedSockets.shared.hasGiven(.datagram, port: socket.port)
        guard !isBeside || set(SO_REUSEADDR, 1) else { throw fail("setsockopt") }
        let isBound = SocketAddressBytes(socket.address, port: socket.port).withSockaddr { pointer, length in
            Glibc.bind(descriptor, pointer, length) == 0
        }
        guard isBound else { throw fail("bind") }
        guard set(SO_REUSEPORT, 0) else { throw fail("setsockopt") }
        return descriptor
    }
}

@available(*, unavailable)
extension NamePort: Sendable {}

/// Gives a socket's datagrams to the ``NameServer``. No decision of its own.
private final class NamePortHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let socket: NameSocket
    private let server: NameServer

    init(_ socket: NameSocket, server: NameServer) {
        self.socket = socket
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        guard let address = envelope.remoteAddress.ipv4, let port = envelope.remoteAddress.port else { return }
        let info = envelope.metadata?.packetInfo
        let socket = self.socket
        self.server.assumeIsolated { server in
            server.received(
                Array(envelope.data.readableBytesView),
                from: NameServiceEndpoint(address, port: UInt16(truncatingIfNeeded: port)),
                on: socket,
                interfaceIndex: info?.interfaceIndex,
                destination: info?.destinationAddress.ipv4
            )
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let socket = self.socket
        self.server.assumeIsolated { $0.closed(socket) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Where it was the end of the socket, `channelInactive` follows.
    }
}

@available(*, unavailable)
extension NamePortHandler: Sendable {}
