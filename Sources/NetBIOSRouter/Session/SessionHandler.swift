import Logging
import NetBIOS
import NIOCore
import RouteConfig

/// One session until it is relayed: puts a ``SessionAcceptor`` on the client's channel and finds the backend.
///
/// It reads until the request is complete, then not again until the ``Relay`` does. When the backend is connected it hands
/// both channels to the relay and leaves the pipeline.
final class SessionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let environment: SessionEnvironment
    private let receiveBuffer: SharedReceiveBuffer
    private var acceptor = SessionAcceptor()
    private var record: SessionRecord
    private var requestDeadline: Scheduled<Void>?
    private var inputClosed = false
    /// Whether the client was refused, and only its FIN is waited for.
    private var isLingering = false

    /// - Parameters:
    ///   - environment: What every session needs of the router.
    ///   - record: The session, entered in the ledger.
    ///   - receiveBuffer: The buffer of the channel's event loop.
    init(environment: SessionEnvironment, record: SessionRecord, receiveBuffer: SharedReceiveBuffer) {
        self.environment = environment
        self.record = record
        self.receiveBuffer = receiveBuffer
    }

    // MARK: - What the channel says

    func channelActive(context: ChannelHandlerContext) {
        if let timeout = self.environment.routes.current.configuration.sessions.requestTimeout {
            self.requestDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
                let action = self.acceptor.deadlinePassed()
                if action != .wait { self.record.ends(with: .requestTimeout) }
                self.perform(action, context: context)
            }
        }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        guard !self.isLingering else {
            self.receiveBuffer.giveBack(buffer)
            return context.read()
        }
        let action = self.acceptor.received(buffer.readableBytesView)
        self.receiveBuffer.giveBack(buffer)
        self.perform(action, context: context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let end = event as? SessionEnd {
            self.record.ends(with: end)
            context.close(promise: nil)
        } else if let inquiry = event as? SessionInquiry {
            inquiry.answer(self.record)
        } else if case .inputClosed? = event as? ChannelEvent {
            self.inputClosed = true
            // A client that has called may have sent all it has to say; one that has not is gone.
            if self.record.request == nil || self.isLingering { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.requestDeadline?.cancel()
        self.dialer?.abandon()
        self.record.ends(with: .client)
        self.environment.ended(self.record)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // MARK: - What follows

    private func perform(_ action: SessionAcceptor.Action, context: ChannelHandlerContext) {
        switch action {
        case .wait:
            if self.record.request == nil { context.read() }
        case .decide(let request):
            self.requestDeadline?.cancel()
            self.record.request = request
            self.record.requestedAfter = .now() - self.record.accepted
            self.decide(request, context: context)
        case .relay(let packet, let early):
            self.startRelay(
                answer: ByteBuffer(bytes: packet.encoded()),
                early: ByteBuffer(bytes: early),
                context: context
            )
        case .refuse(let refusal, let packet):
            self.record.ends(with: .refused(refusal))
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: packet.encoded())), promise: nil)
            self.linger(context: context)
        case .hangUp:
            self.record.ends(with: .protocolViolation)
            context.close(promise: nil)
        }
    }

    /// Sends our FIN behind the refusal and reads on for a moment before it closes.
    ///
    /// A close with unread bytes is a reset, which would take the refusal away from a client that sent more than its request.
    private func linger(context: ChannelHandlerContext) {
        self.isLingering = true
        self.requestDeadline?.cancel()
        self.requestDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            context.close(promise: nil)
        }
        context.close(mode: .output, promise: nil)
        context.read()
    }

    private func decide(_ request: SessionRequest, context: ChannelHandlerContext) {
        let table = self.environment.routes.current
        let limits = table.configuration.sessions
        // Before the route is looked for: a client that may not call at all learns nothing of what there is.
        if let refusal = self.environment.admit(self.record, limits: limits) {
            return self.perform(self.acceptor.refuse(refusal), context: context)
        }
        switch table.select(request.called, arrivedOn: context.channel.localAddress?.ipv4 ?? .any) {
        case .refuse(let refusal, _):
            self.perform(self.acceptor.refuse(refusal), context: context)
        case .route(let route, _):
            self.record.route = route
            if let refusal = self.environment.admit(self.record, to: route, limits: limits) {
                return self.perform(self.acceptor.refuse(refusal), context: context)
            }
            self.dial(route, timeout: limits.connectTimeout, context: context)
        }
    }

    /// The backend's channel once it is connected, until the relay has it.
    private var backendChannel: (any Channel)?

    /// Looks for a backend.
    private var dialer: BackendDialer?

    private func dial(_ route: Route, timeout: Duration?, context: ChannelHandlerContext) {
        let backends = self.environment.backends(of: route)
        guard !backends.isEmpty else {
            self.environment.foundNoBackend(for: self.record)
            return self.perform(self.acceptor.refuse(.insufficientResources), context: context)
        }
        let dialer = BackendDialer(
            eventLoop: context.eventLoop,
            connectTimeout: timeout.map { TimeAmount($0) },
            receiveBuffer: self.receiveBuffer,
            source: self.source(for: route)
        )
        self.dialer = dialer
        let started = NIODeadline.now()
        dialer.dial(backends) { failure in
            self.environment.failed(failure, of: self.record)
        }.whenComplete { result in
            self.dialer = nil
            switch result {
            case .success(let connection):
                guard context.channel.isActive, self.record.end == nil else {
                    return connection.channel.close(promise: nil)
                }
                self.record.attempts = connection.attempts
                self.record.backend = connection.backend
                self.record.connectedAfter = .now() - started
                self.backendChannel = connection.channel
                self.environment.connected(self.record, to: connection)
                self.perform(self.acceptor.accept(), context: context)
            case .failure(let error):
                self.record.attempts = (error as? BackendDialer.AllFailed)?.attempts ?? 0
                guard context.channel.isActive, self.record.end == nil else { return }
                self.perform(self.acceptor.refuse(.insufficientResources), context: context)
            }
        }
    }

    /// The address that the backend is to see, where it is not the router's.
    private func source(for route: Route) -> SocketAddress? {
        switch route.source {
        case .router:
            return nil
        case .client:
            var source = self.record.client
            source.port = 0
            return source
        }
    }

    /// Hands both channels to a relay, which answers the client.
    ///
    /// The relay's handlers stand before the answer is written: where the client is gone by now the write fails at once, and
    /// it is they who must hear of it.
    private func startRelay(answer: ByteBuffer, early: ByteBuffer, context: ChannelHandlerContext) {
        guard let backendChannel = self.backendChannel else { return context.close(promise: nil) }
        let environment = self.environment
        let relay = Relay(
            client: context.channel,
            backend: backendChannel,
            record: self.record,
            receiveBuffer: self.receiveBuffer,
            traffic: environment.traffic(of: self.record),
            idleLimit: environment.routes.current.configuration.sessions.idleTimeout.map { TimeAmount($0) },
            onEnd: { environment.ended($0) }
        )
        do {
            let client = context.pipeline.syncOperations
            try client.addHandler(RelayHandler(relay, .client))
            try backendChannel.pipeline.syncOperations.addHandler(RelayHandler(relay, .backend))
            client.removeHandler(context: context, promise: nil)
        } catch {
            // One of the pipelines is no more: its channel has closed.
            backendChannel.close(promise: nil)
            return context.close(promise: nil)
        }
        relay.start(answer: answer, early: early, clientInputClosed: self.inputClosed)
    }
}

@available(*, unavailable)
extension SessionHandler: Sendable {}
