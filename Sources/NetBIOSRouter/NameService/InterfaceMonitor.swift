import Glibc
import Sockets

/// Reports changes of interfaces and addresses of this host: rtnetlink(7)'s groups for links and IPv4 addresses.
///
/// The messages' content is ignored: the callback reads all interfaces again. If messages are lost, or the socket
/// cannot be opened, changes are still detected after ``fallbackInterval``. Confined to its event loop.
final class InterfaceMonitor: SocketHandler {
    /// The interval at which interfaces are checked, without a message from the kernel.
    static let fallbackInterval = Duration.seconds(10)
    /// The shortest time from one look at the interfaces to the next, however many changes the kernel reports: the first
    /// change is looked at at once, those in this time together.
    static let shortestInterval = Duration.milliseconds(250)

    private let loop: EventLoop
    private let onChange: () -> Void
    private var socket = LoopSocket()
    private var timer: LoopTimer?
    /// The look that is to come, and when the last one was.
    private var look: LoopTimer?
    private var lastLook: MonotonicTime?
    /// Buffer for messages, whose contents are not used.
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 8)

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - loop: The loop that `onChange` is called on.
    ///   - onChange: Called after changes, and at each interval.
    init(on loop: EventLoop, onChange: @escaping () -> Void) {
        self.loop = loop
        self.onChange = onChange
        self.listen()
        self.awaitInterval()
    }

    deinit { self.scratch.deallocate() }

    /// Stops calling `onChange`.
    func stop() {
        self.loop.cancel(self.timer)
        self.loop.cancel(self.look)
        self.stopListening()
    }

    private func stopListening() {
        self.socket.close()
    }

    private func awaitInterval() {
        self.timer = self.loop.schedule(at: .now() + Self.fallbackInterval) {
            if !self.socket.isOpen { self.listen() }
            self.awaitInterval()
            self.requestLook()
        }
    }

    private func requestLook() {
        guard self.look == nil else { return }
        let earliest = self.lastLook.map { $0 + Self.shortestInterval } ?? self.loop.now
        self.look = self.loop.schedule(at: earliest) {
            self.look = nil
            self.lastLook = self.loop.now
            self.onChange()
        }
    }

    /// The maximum number of messages read in one turn of the event loop, so that a burst of changes does not delay
    /// queries.
    private static let readLimit = 256

    func socket(_ id: SocketID, became readiness: Readiness) {
        var reads = 0
        while reads < Self.readLimit, self.read(id) { reads += 1 }
        if reads == Self.readLimit { self.socket.requestTurn() }
        if reads > 0 { self.requestLook() }
    }

    /// Reads a message.
    ///
    /// - Returns: Whether another one may be pending.
    private func read(_ id: SocketID) -> Bool {
        guard recv(id.descriptor, self.scratch.baseAddress, self.scratch.count, 0) < 0 else { return true }
        switch errno {
        case EAGAIN: return false
        // Messages were lost because there were too many; more may follow.
        case ENOBUFS, EINTR: return true
        default:
            // The interval opens a new socket.
            self.stopListening()
            return false
        }
    }

    /// `NETLINK_ROUTE` of linux/netlink.h, and `RTMGRP_LINK` and `RTMGRP_IPV4_IFADDR` of linux/rtnetlink.h.
    private static let routeProtocol: CInt = 0
    private static let groups: UInt32 = 0x1 | 0x10

    /// The receive buffer in bytes, for several thousand messages.
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
