import Glibc
import NIOCore
import NIOPosix

/// Says when an interface or an address of this host comes or goes: rtnetlink(7)'s groups for links and IPv4 addresses.
///
/// What changed is not read from the messages: whoever is told looks at all interfaces anew. Where messages were lost, or the
/// socket cannot be had, the ``fallbackInterval`` still finds every change.
struct InterfaceMonitor: Sendable {
    /// How often the interfaces are looked at, whatever the kernel says.
    static let fallbackInterval = TimeAmount.seconds(10)

    private let fallback: RepeatedTask
    private let channel: (any Channel)?

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - eventLoop: The loop that `onChange` is called on.
    ///   - onChange: Called for each batch of messages, and at each interval.
    /// - Returns: The monitor, which works until it is stopped.
    static func start(on eventLoop: any EventLoop, onChange: @escaping @Sendable () -> Void) async -> InterfaceMonitor {
        let fallback = eventLoop.scheduleRepeatedTask(initialDelay: fallbackInterval, delay: fallbackInterval) { _ in
            onChange()
        }
        return InterfaceMonitor(fallback: fallback, channel: await self.listen(on: eventLoop, onChange: onChange))
    }

    func stop() {
        self.fallback.cancel()
        self.channel?.close(promise: nil)
    }

    /// `NETLINK_ROUTE` of linux/netlink.h, and `RTMGRP_LINK` and `RTMGRP_IPV4_IFADDR` of linux/rtnetlink.h.
    private static let routeProtocol: CInt = 0
    private static let groups: UInt32 = 0x1 | 0x10

    private static func listen(
        on eventLoop: any EventLoop,
        onChange: @escaping @Sendable () -> Void
    ) async -> (any Channel)? {
        let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_NETLINK, type, self.routeProtocol)
        guard descriptor >= 0 else { return nil }
        // `struct sockaddr_nl`: family, padding, port 0 for one that the kernel chooses, groups.
        let address: [UInt32] = [UInt32(AF_NETLINK), 0, self.groups]
        let isBound = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor, $0.baseAddress, 12) == 0 }
        }
        let channel =
            isBound
            ? try? await NIOPipeBootstrap(group: eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(InterfaceMessageHandler(onChange))
                    }
                }
                .takingOwnershipOfDescriptor(input: descriptor).get()
            : nil
        if channel == nil { close(descriptor) }
        return channel
    }
}

/// Passes on that messages came, once a batch.
private final class InterfaceMessageHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onChange: @Sendable () -> Void

    init(_ onChange: @escaping @Sendable () -> Void) {
        self.onChange = onChange
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.onChange()
    }
}

@available(*, unavailable)
extension InterfaceMessageHandler: Sendable {}
