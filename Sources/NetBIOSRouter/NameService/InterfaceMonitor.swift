import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Says when an interface or an address of this host comes or goes: rtnetlink(7)'s groups for links and IPv4 addresses.
///
/// What changed is not read from the messages: whoever is told looks at all interfaces anew. Where messages were lost, or the
/// socket cannot be had, the ``fallbackInterval`` still finds every change.
///
/// The kernel ends the socket of a listener that falls behind, in a storm of changes: another one is opened, and everything
/// looked at.
final class InterfaceMonitor: Sendable {
    /// How often the interfaces are looked at, whatever the kernel says.
    static let fallbackInterval = TimeAmount.seconds(10)

    private struct State {
        var isStopped = false
        var channel: (any Channel)?
    }

    private let eventLoop: any EventLoop
    private let onChange: @Sendable () -> Void
    private let fallback: RepeatedTask
    private let state = Mutex(State())

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - eventLoop: The loop that `onChange` is called on.
    ///   - onChange: Called for each batch of messages, and at each interval.
    init(on eventLoop: any EventLoop, onChange: @escaping @Sendable () -> Void) {
        self.eventLoop = eventLoop
        self.onChange = onChange
        let interval = Self.fallbackInterval
        self.fallback = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in onChange() }
        Task { await self.listen() }
    }

    func stop() {
        self.fallback.cancel()
        let channel = self.state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Listens until it is stopped.
    private func listen() async {
        while !self.state.withLock({ $0.isStopped }) {
            if let channel = await Self.open(on: self.eventLoop, onChange: self.onChange) {
                let isStopped = self.state.withLock { state in
                    state.channel = channel
                    return state.isStopped
                }
                if isStopped { channel.close(promise: nil) }
                self.eventLoop.execute { self.onChange() }
                try? await channel.closeFuture.get()
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// `NETLINK_ROUTE` of linux/netlink.h, and `RTMGRP_LINK` and `RTMGRP_IPV4_IFADDR` of linux/rtnetlink.h.
    private static let routeProtocol: CInt = 0
    private static let groups: UInt32 = 0x1 | 0x10

    /// Bytes of messages that the kernel keeps for us, some thousand changes.
    private static let receiveBufferLength: CInt = 1 << 20

    private static func open(
        on eventLoop: any EventLoop,
        onChange: @escaping @Sendable () -> Void
    ) async -> (any Channel)? {
        let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_NETLINK, type, self.routeProtocol)
        guard descriptor >= 0 else { return nil }
        var length = self.receiveBufferLength
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &length, socklen_t(MemoryLayout<CInt>.size))
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension InterfaceMessageHandler: Sendable {}
