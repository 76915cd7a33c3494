import Glibc
import Sockets

/// Says when an interface or an address of this host comes or goes: rtnetlink(7)'s groups for links and IPv4 addresses.
///
/// What changed is not read from the messages: whoever is told looks at all interfaces anew. Where messages were lost, or the
/// socket cannot be had, the ``fallbackInterval`` still finds every change. Belongs to its event loop.
final class InterfaceMonitor: SocketHandler {
    /// How often the interfaces are looked at, whatever the kernel says.
    static let fallbackInterval = Duration.seconds(10)

    private let loop: EventLoop
    private let onChange: () -> Void
    private var socket = LoopSocket()
    private var timer: LoopTimer?
    /// What messages are read into, to be forgotten.
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 8)

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - loop: The loop that `onChange` is called on.
    ///   - onChange: Called for each batch of messages, and at each interval.
    init(on loop: EventLoop, onChange: @escaping () -> Void) {
        self.loop = loop
        self.onChange = onChange
        self.listen()
        self.awaitInterval()
    }

    deinit { self.scratch.deallocate() }

    /// Calls nobody any more.
    func stop() {
        self.loop.cancel(self.timer)
        self.stopListening()
    }

    private func stopListening() {
        self.socket.close()
    }

    private func awaitInterval() {
        self.timer = self.loop.schedule(at: .now() + Self.fallbackInterval) {
            if !self.socket.isOpen { self.listen() }
            self.awaitInterval()
            self.onChange()
        }
    }

    /// Messages read in one turn of the event loop, so that a storm of changes keeps no query waiting.
    private static let readLimit = 256

    func socket(_ id: SocketID, became readiness: Readiness) {
        var reads = 0
        while reads < Self.readLimit, self.read(id) { reads += 1 }
        if reads == Self.readLimit { self.socket.requestTurn() }
        if reads > 0 { self.onChange() }
    }

    /// Reads a message.
    ///
    /// - Returns: Whether there may be another one.
    private func read(_ id: SocketID) -> Bool {
        guard recv(id.descriptor, self.scratch.baseAddress, self.scratch.count, 0) < 0 else { return true }
        switch errno {
        case EAGAIN: return false
        // Messages were lost, since there were too many; others are behind that.
        case ENOBUFS, EINTR: return true
        default:
            // The interval opens another socket.
            self.stopListening()
            return false
        }
    }

    /// `NETLINK_ROUTE` of linux/netlink.h, and `RTMGRP_LINK` and `RTMGRP_IPV4_IFADDR` of linux/rtnetlink.h.
    private static let routeProtocol: CInt = 0
    private static let groups: UInt32 = 0x1 | 0x10

    /// Bytes of messages that the kernel keeps for us, some thousand changes.
    private static let receiveBufferLength: CInt = 1 << 20

    private func listen() {
        let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_NETLINK, type, Self.routeProtocol)
        guard number >= 0 else { return }
        let descriptor = OwnedDescriptor(number)
        try? SocketOption.receiveBuffer.set(on: number, to: Self.receiveBufferLength)
        // `struct sockaddr_nl`: family, padding, port 0 for one that the kernel chooses, groups.
        let address: [UInt32] = [UInt32(AF_NETLINK), 0, Self.groups]
        let isBound = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(number, $0.baseAddress, 12) == 0 }
        }
        guard isBound else { return }
        guard let socket = try? self.loop.add(descriptor, as: .datagrams, handler: self) else { return }
        self.socket = socket
    }
}

@available(*, unavailable)
extension InterfaceMonitor: Sendable {}
