import Glibc
import NIOCore
import NetBIOSRouter

/// Pauses an HTTP listener when accept(2) fails, and logs the failure. Must be first in the listener's pipeline.
///
/// NIO's own pause only skips the next read, which does not keep the loop from spinning.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let failures: AcceptFailures

    private static let duration = TimeAmount.seconds(1)

    init(_ failures: AcceptFailures) {
        self.failures = failures
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The socket no longer listens; a reload binds a new one.
        if (error as? IOError)?.errnoCode == EINVAL { return context.close(promise: nil) }
        self.failures.report((error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)")
        // If the option cannot be set the channel is closed, and no pause is needed.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.duration) {
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
