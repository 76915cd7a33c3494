public import Logging
public import NIOCore

/// Pauses a listener where connections cannot be accepted, for want of descriptors or memory, and says so in the log. First
/// in its pipeline.
///
/// The connections stay in the kernel's queue. The listener is readable all the while, so that nothing but to stop looking at
/// it keeps the loop from spinning: NIO's own pause is one of the next read alone, and does not.
public final class AcceptPause: ChannelInboundHandler {
    public typealias InboundIn = any Channel

    private let listener: String
    private let logger: Logger
    private let onFailure: (String) -> Void
    private let limiter = LogLimiter<Bool>(interval: .seconds(10))

    private static let pause = TimeAmount.seconds(1)

    /// - Parameters:
    ///   - listener: What the log calls the listener.
    ///   - logger: Told once in ten seconds.
    ///   - onFailure: Given the reason of every failure.
    public init(of listener: String, logger: Logger, onFailure: @escaping (String) -> Void = { _ in }) {
        self.listener = listener
        self.logger = logger
        self.onFailure = onFailure
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason = ErrorText(error).description
        self.onFailure(reason)
        if case .log = self.limiter.admit(true) {
            self.logger.error(
                "connections cannot be accepted, trying again in a second",
                metadata: Logger.Metadata([.listener: self.listener, .reason: reason])
            )
        }
        // Where the option cannot be set the channel is closed, and there is nothing to pause.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
