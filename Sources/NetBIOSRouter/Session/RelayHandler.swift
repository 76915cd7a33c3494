import NIOCore

/// Tells a ``Relay`` what happens on one of its channels. No decision of its own.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: Relay
    private let side: RelaySide

    init(_ relay: Relay, _ side: RelaySide) {
        self.relay = relay
        self.side = side
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.relay.received(self.unwrapInboundIn(data), from: self.side)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let end = event as? SessionEnd {
            self.relay.end(with: end)
        } else if let inquiry = event as? SessionInquiry {
            inquiry.answer(self.relay.record)
        } else if case .inputClosed? = event as? ChannelEvent {
            self.relay.inputClosed(self.side)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.relay.writabilityChanged(self.side)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.relay.inactive(self.side)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.relay.failed(self.side)
    }
}

@available(*, unavailable)
extension RelayHandler: Sendable {}
