import NIOCore

/// What a connection of HTTP may cost: how long it may take, and how many there may be.
struct ConnectionLimits: Hashable, Sendable {
    /// From accept to a complete header.
    var request = TimeAmount.seconds(5)
    /// For the client to take the answer and to close.
    var answer = TimeAmount.seconds(15)
    /// Connections at one time. The next one ends the oldest, so that nobody who holds connections shuts others out.
    var connections = 32
}

/// How far the answer to a request is; told to the ``ConnectionGuard`` as an outbound event.
enum AnswerProgress: Hashable, Sendable {
    /// The header is complete, and the answer is looked for, however long that takes.
    case begun
    /// All of it has been written.
    case written
}

/// Ends a connection of HTTP whose client is slower than the limits allow. First in the pipeline.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData

    private let limits: ConnectionLimits
    private var deadline: Scheduled<Void>?
    private var isAnswered = false

    init(_ limits: ConnectionLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.close(context, in: self.limits.request)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let progress = event as? AnswerProgress else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch progress {
        case .begun:
            self.deadline?.cancel()
        case .written:
            self.isAnswered = true
            // A close with unread bytes would be a reset, and take away from the client what it has not read yet.
            context.close(mode: .output, promise: nil)
            self.close(context, in: self.limits.answer)
        }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if self.isAnswered, case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        self.deadline?.cancel()
        self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
