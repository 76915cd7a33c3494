import NIOCore
import NIOPosix
import NetBIOS

extension NameSocket {
    /// Opens the socket.
    ///
    /// - Parameters:
    ///   - sharesPort: Whether other sockets of ours hold the port at other addresses. The first socket does not share, so
    ///     that another name service in the way is found out.
    ///   - eventLoop: The loop of the name server.
    ///   - server: Who gets the datagrams.
    /// - Returns: The channel, which reads.
    /// - Throws: ``BindError``.
    func bind(
        sharesPort: Bool,
        on eventLoop: any EventLoop,
        server: NameServer
    ) async throws -> any Channel {
        let address = try SocketAddress(ipAddress: "\(self.address)", port: Int(self.port))
        do {
            let channel = try await DatagramBootstrap(group: eventLoop)
                .channelOption(.socketOption(.so_broadcast), value: 1)
                .channelOption(.reusePort, value: sharesPort ? 1 : 0)
                .channelOption(.receivePacketInfo, value: true)
                .channelOption(.datagramVectorReadMessageCount, value: Self.batch)
                .channelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: Self.batch * Self.maximumDatagramLength)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NameSocketHandler(self, server: server))
                    }
                }
                .bind(to: address).get()
            try await channel.setOption(.reusePort, value: 1).get()
            return channel
        } catch {
            throw BindError(service: .name, address: address, reason: error)
        }
    }

    /// Datagrams that one system call receives at most.
    private static let batch = 32

    /// Bytes of a datagram that are looked at. RFC 1002 §6 has at most 576.
    private static let maximumDatagramLength = 1024
}

/// Gives a socket's datagrams to the ``NameServer``. No decision of its own.
private final class NameSocketHandler: ChannelInboundHandler {
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

    func channelReadComplete(context: ChannelHandlerContext) {
        self.server.assumeIsolated { $0.flush() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP error of something that was sent: the socket goes on.
    }
}

@available(*, unavailable)
extension NameSocketHandler: Sendable {}
