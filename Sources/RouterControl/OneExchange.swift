import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Limits a connection to one exchange: passes the header of the first request on, as that of a request without a body which
/// is the last, and drops everything else that arrives.
///
/// So nothing that a client sends after its header costs memory, and Hummingbird closes its half of the connection after the
/// response. A full close with unread bytes would be a reset, which discards what the client has not read yet.
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
