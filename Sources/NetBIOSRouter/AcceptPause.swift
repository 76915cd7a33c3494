public import NIOCore

/// Pauses a listener of NIO where connections cannot be accepted, and says so in the log. First in its pipeline.
///
/// NIO's own pause is one of the next read alone, which does not keep the loop from spinning.
public final class AcceptPause: ChannelInboundHandler {
    public typealias InboundIn = any Channel

    private let failures: AcceptFailures

    public init(_ failures: AcceptFailures) {
        self.failures = failures
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.failures.tell(ErrorText(error).description)
        // Where the option cannot be set the channel is closed, and there is nothing to pause.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: AcceptFailures.pause) {
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
