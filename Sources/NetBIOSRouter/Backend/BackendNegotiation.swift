import NIOCore
import NIOPosix
import NetBIOS

/// What a backend answers to one SMB negotiate request: the question of `check --probe` and of health checks.
///
/// A connection of its own is made, the request is sent, and the connection is closed again at the answer.
struct BackendNegotiation: Sendable {
    /// How long the TCP connection took: about one round trip.
    var connectDuration: Duration
    var outcome: Outcome

    /// What came after the request.
    enum Outcome: Hashable, Sendable {
        /// An answer, perhaps that it speaks none of the dialects.
        case answered(NegotiateResponse)
        /// The end of the connection, which is how Windows and Samba say that they do not speak SMB 1.
        case closed
        /// Nothing in time.
        case silent
        /// Something that is not SMB.
        case notSMB
    }

    /// Asks the backend at `address`.
    ///
    /// - Parameters:
    ///   - request: The dialects to offer.
    ///   - address: Address and port.
    ///   - timeout: For the connection and the answer together.
    ///   - eventLoop: Where it runs.
    /// - Returns: What came of it; fails with the reason when there is no connection.
    static func negotiate(
        _ request: NegotiateRequest,
        with address: SocketAddress,
        within timeout: TimeAmount,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<BackendNegotiation> {
        let outcome = eventLoop.makePromise(of: Outcome.self)
        let start = NIODeadline.now()
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                eventLoop.makeCompletedFuture {
                    let handler = NegotiationHandler(request, until: start + timeout, promise: outcome)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(to: address)
            .flatMap { channel in
                let duration = Duration.nanoseconds((NIODeadline.now() - start).nanoseconds)
                return outcome.futureResult.map { outcome in
                    channel.close(promise: nil)
                    return BackendNegotiation(connectDuration: duration, outcome: outcome)
                }
            }
            .flatMapErrorThrowing { error in
                // Kept by none but the handler, which had no connection to answer for.
                outcome.succeed(.closed)
                throw error
            }
    }

    /// Asks on a channel that is connected already, and leaves it to the caller. On the channel's event loop.
    static func ask(
        _ request: NegotiateRequest,
        on channel: any Channel,
        until end: NIODeadline
    ) -> EventLoopFuture<Outcome> {
        let outcome = channel.eventLoop.makePromise(of: Outcome.self)
        do {
            let handler = NegotiationHandler(request, until: end, promise: outcome)
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            // The pipeline is no more: its channel has closed.
            outcome.succeed(.closed)
        }
        return outcome.futureResult
    }
}

/// Sends the request and waits for the first message.
private final class NegotiationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: NegotiateRequest
    private let end: NIODeadline
    private let promise: EventLoopPromise<BackendNegotiation.Outcome>
    private var prefix = MessagePrefix()
    private var deadline: Scheduled<Void>?
    /// Whether the first byte was looked at: anything but a session packet is not worth waiting for.
    private var isStarted = false
    private var isFinished = false

    init(_ request: NegotiateRequest, until end: NIODeadline, promise: EventLoopPromise<BackendNegotiation.Outcome>) {
        self.request = request
        self.end = end
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.ask(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.ask(context: context)
    }

    private func ask(context: ChannelHandlerContext) {
        var generator = SystemRandomNumberGenerator()
        let bytes = self.request.encoded(using: &generator)
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        self.deadline = context.eventLoop.assumeIsolated().scheduleTask(deadline: self.end) {
            self.finish(.silent)
        }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(self.unwrapInboundIn(data).readableBytesView)
        if !self.isStarted, let first = bytes.first {
            self.isStarted = true
            let types = [SessionPacketType.message, .keepAlive].map(\.rawValue)
            guard types.contains(first) else { return self.finish(.notSMB) }
        }
        guard let message = self.prefix.next(bytes.span.bytes) else { return context.read() }
        let response = NegotiateResponse(decoding: message, offered: self.request.dialects)
        self.finish(response.map { .answered($0) } ?? .notSMB)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { self.finish(.closed) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(.closed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(.closed)
        context.close(promise: nil)
    }

    private func finish(_ outcome: BackendNegotiation.Outcome) {
        guard !self.isFinished else { return }
        self.isFinished = true
        self.deadline?.cancel()
        self.promise.succeed(outcome)
    }
}

@available(*, unavailable)
extension NegotiationHandler: Sendable {}
