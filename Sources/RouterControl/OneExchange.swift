import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Limits a connection to one exchange: passes on the header of the first request, without a body and marked as the
/// last, and drops everything else.
///
/// So data after the header uses no memory, and Hummingbird closes its half of the connection after the response.
/// Closing with unread bytes would reset the connection and discard data that the client has not read.
final class OneExchange: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private var hasRequest = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = self.unwrapInboundIn(data), !self.hasRequest else { return }
        self.hasRequest = true
        head.headerFields[.connection] = "close"
        context.fireChannelRead(self.wrapInboundOut(.head(head)))
        context.fireChannelRead(self.wrapInboundOut(.end(nil)))
    }
}

@available(*, unavailable)
extension OneExchange: Sendable {}
