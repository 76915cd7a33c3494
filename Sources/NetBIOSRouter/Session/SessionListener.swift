import Glibc
import Logging
import NetBIOS
import NIOCore
import NIOPosix

/// Listens on one address of TCP/139 and gives each connection a ``SessionHandler``.
struct SessionListener: Sendable {
    private let channel: any Channel
    let address: SocketAddress
    /// Whether the service manager has the socket too, and means to have it again.
    private let isInherited: Bool
    private let loops: SessionLoops

    /// Binds and listens; connections are taken from then on.
    ///
    /// - Parameters:
    ///   - address: Where to listen.
    ///   - mayBeAbsent: Whether the address may be on no interface yet, as a standby's.
    ///   - sharesPort: Whether an older listener of ours may still hold the port, as over a reload.
    ///   - loops: The event loops that sessions live on.
    ///   - environment: What every session needs of the router.
    /// - Returns: The listener.
    /// - Throws: ``BindError`` that names the address and the remedy.
    static func bind(
        _ address: SocketAddress,
        mayBeAbsent: Bool,
        sharesPort: Bool,
        on loops: SessionLoops,
        environment: SessionEnvironment
    ) async throws -> SessionListener {
        let openSession: @Sendable (any Channel) throws -> Void = { channel in
            let receiveBuffer = loops.receiveBuffer(of: channel.eventLoop)
            try channel.prepareForRelay(receiveBuffer)
            let record = try environment.open(channel)
            try channel.pipeline.syncOperations.addHandler(
                SessionHandler(environment: environment, record: record, receiveBuffer: receiveBuffer)
            )
        }
        var bootstrap = ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.reusePort, value: sharesPort ? 1 : 0)
            .serverChannelOption(.freeBind, value: mayBeAbsent ? 1 : 0)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        AcceptPause(of: "TCP \(address.logText)", logger: environment.logger) {
                            environment.counters.failedToAccept($0)
                        },
                        HandOverHandler(openSession),
                    ])
                }
            }
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try openSession(channel) } }
        // A connection has the options of the socket that accepted it.
        bootstrap = bootstrap.serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        for (option, value) in RelaySocketOptions.all {
            bootstrap = bootstrap.serverChannelOption(option, value: value)
        }
        do {
            let inherited = InheritedSockets.shared.take(.stream, address.logText)
            let channel =
                if let inherited {
                    try await bootstrap.withBoundSocket(inherited).get()
                } else {
                    try await bootstrap.bind(to: address).get()
                }
            // Of a socket that is there, NIO shortens the queue to its own default.
            if let inherited { _ = listen(inherited, Self.backlog) }
            try await channel.setOption(.reusePort, value: 0).get()
            return SessionListener(
                channel: channel,
                address: channel.localAddress ?? address,
                isInherited: inherited != nil,
                loops: loops
            )
        } catch {
            throw BindError(service: .session, address: address, reason: error)
        }
    }

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 1024

    /// Stops listening over a reload, without losing a connection that is being made.
    ///
    /// Closing a listener resets what its queue still holds. So first it is made deaf to new connections, whose clients ask
    /// again and reach the listener that stands beside it; then what is under way is accepted; then it is closed.
    func retire() async {
        // A filter would stay with the service manager's socket for good.
        if !self.isInherited { await self.dropNewConnections() }
        // A handshake that was under way is done by then, also with a client far away. A client whose first packet was dropped
        // asks again after a second.
        try? await Task.sleep(for: .milliseconds(250))
        for _ in 0..<Self.retirementSteps {
            if await self.queueLength == 0 { break }
            try? await Task.sleep(for: .milliseconds(5))
        }
        await self.finishAccepting()
        await self.close()
    }

    /// Waits for what was accepted to reach its event loop and be initialised there: NIO closes with a listener what has not.
    ///
    /// That takes a task on the connection's loop, one on the listener's, and one more on the connection's.
    private func finishAccepting() async {
        for _ in 0..<3 {
            for loop in self.loops.group.makeIterator() { try? await loop.submit {}.get() }
            try? await self.channel.eventLoop.submit {}.get()
        }
    }

    /// How often, each 5 ms, a listener looks whether its queue has been accepted.
    private static let retirementSteps = 1000

    /// Connections that wait to be accepted: `tcpi_unacked` of a listener (tcp(7), TCP_INFO).
    private var queueLength: UInt32 {
        get async {
            guard let options = self.channel as? any SocketOptionProvider else { return 0 }
            let information: ListenerInformation? = try? await options.unsafeGetSocketOption(
                level: .tcp,
                name: .tcpInformation
            ).get()
            return information?.unacknowledged ?? 0
        }
    }

    /// Lets another listener of this user bind to the port at another address, or no longer.
    ///
    /// Samba's daemons ask to share their ports. Were it always allowed, an smbd that is started later as the same user would
    /// get its share of the sessions instead of an error.
    func sharesPort(_ shares: Bool) async {
        try? await self.channel.setOption(.reusePort, value: shares ? 1 : 0).get()
    }

    /// Has something done when the socket is closed, by whomever.
    func whenClosed(_ react: @escaping @Sendable () -> Void) {
        self.channel.closeFuture.whenComplete { _ in react() }
    }

    /// Whether the socket is open.
    var isOpen: Bool { self.channel.isActive }

    /// Whether both stand for one socket.
    func isSame(as other: SessionListener) -> Bool { self.channel === other.channel }

    /// Attaches a filter that drops what asks for a new connection.
    private func dropNewConnections() async {
        guard let options = self.channel as? any SocketOptionProvider else { return }
        let program = FilterProgram.dropSYN
        try? await options.unsafeSetSocketOption(level: .socket, name: .attachFilter, value: program.value).get()
        withExtendedLifetime(program) {}
    }

    /// Stops listening. Connections that were accepted live on.
    func close() async {
        try? await self.channel.close().get()
    }
}

/// Hands a connection that was accepted over to its event loop at once.
///
/// NIO's own handler has it set up on its loop, waits here until that is done, and sends it there once more. A wake-up of
/// another thread costs more than all else of a short session does, so what that handler does is done here, and it is passed
/// by: both are tasks of the connection's loop, in this order, and one wake-up does for both.
private final class HandOverHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let open: @Sendable (any Channel) throws -> Void

    /// - Parameter open: Sets a connection up, on its event loop.
    init(_ open: @escaping @Sendable (any Channel) throws -> Void) {
        self.open = open
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = self.unwrapInboundIn(data)
        guard !channel.eventLoop.inEventLoop,
            let behind = try? context.pipeline.syncOperations.context(name: "AcceptHandler")
        else { return context.fireChannelRead(data) }
        channel.eventLoop.execute { [open = self.open] in
            do { try open(channel) } catch { channel.close(promise: nil) }
        }
        behind.fireChannelRead(data)
    }
}

@available(*, unavailable)
extension HandOverHandler: Sendable {}
