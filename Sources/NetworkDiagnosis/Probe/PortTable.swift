import Glibc
import Sockets
import NetBIOS
import NetBIOSRouter

/// The kernel's socket tables, `/proc/net/tcp` and others (proc(5)), read once.
struct PortTable {
    private let sockets: [Socket]
    /// Whether the tables were read completely before the deadline.
    let isComplete: Bool

    /// A listening TCP socket, or a UDP socket.
    struct Socket {
        /// `nil` for the wildcard address.
        let address: IPv4Address?
        let port: UInt16
        /// Whether it is an IPv6 socket; the table does not show whether a wildcard socket also accepts IPv4
        /// (IPV6_V6ONLY).
        let isIPv6: Bool
        let inode: UInt64
    }

    /// Reads the listening TCP sockets, or all UDP sockets.
    ///
    /// - Parameters:
    ///   - transport: The tables to read.
    ///   - end: The deadline; there may be a hundred thousand lines.
    init(_ transport: PortProbe.Transport, until end: MonotonicTime) {
        let name = transport == .tcp ? "tcp" : "udp"
        var sockets: [Socket] = []
        var isComplete = true
        for (path, isIPv6) in [("/proc/net/\(name)", false), ("/proc/net/\(name)6", true)] {
            for line in SmallFile.bytes(of: path).split(separator: UInt8(ascii: "\n")).dropFirst() {
                guard MonotonicTime.now() < end else {
                    isComplete = false
                    break
                }
                let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
                // 0A is TCP_LISTEN.
                guard fields.count > 9, transport == .udp || fields[3].elementsEqual("0A".utf8),
                    let inode = UInt64(String(decoding: fields[9], as: UTF8.self)),
                    let (address, port) = Self.place(String(decoding: fields[1], as: UTF8.self), isIPv6: isIPv6)
                else { continue }
                sockets.append(Socket(address: address, port: port, isIPv6: isIPv6, inode: inode))
            }
        }
        self.sockets = sockets
        self.isComplete = isComplete
    }

    /// Parses the kernel's address and port: 32-bit numbers in the machine's byte order; `nil` for an IPv6 address
    /// without an IPv4 form.
    private static func place(_ text: String, isIPv6: Bool) -> (IPv4Address?, UInt16)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
        guard parts[0].contains(where: { $0 != "0" }) else { return (nil, port) }
        guard !isIPv6 || parts[0].hasPrefix(self.mapped), let number = UInt32(parts[0].suffix(8), radix: 16) else {
            return nil
        }
        return (IPv4Address(rawValue: UInt32(bigEndian: number)), port)
    }

    /// The kernel's notation for the prefix of `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2).
    private static let mapped = "0000000000000000" + (UInt16(1).bigEndian == 1 ? "0000FFFF" : "FFFF0000")

    /// Returns the socket that conflicts with binding the port at an address.
    func socket(_ address: IPv4Address, port: UInt16) -> Socket? {
        let sockets = self.sockets.filter { socket in
            socket.port == port && (socket.address == nil || address == .any || socket.address == address)
        }
        return sockets.first { !$0.isIPv6 || $0.address != nil } ?? sockets.first
    }

    /// Returns the TCP listener that accepts connections to an address of this machine.
    ///
    /// A wildcard IPv6 listener is tested with a connection, which is closed at once.
    func listener(at address: IPv4Address, port: UInt16) -> Socket? {
        guard let socket = self.socket(address, port: port) else { return nil }
        guard socket.isIPv6, socket.address == nil else { return socket }
        return Self.isConnectionTaken(address == .any ? Self.loopback : address, port: port) ? socket : nil
    }

    private static let loopback = IPv4Address(rawValue: 0x7F00_0001)

    /// The time limit of a local connection, in milliseconds.
    private static let patience: CInt = 200

    private static func isConnectionTaken(_ address: IPv4Address, port: UInt16) -> Bool {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(AF_INET, type, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let place = sockaddr_in(address, port: port)
        if place.withSockaddr({ connect(descriptor, $0, $1) }) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, self.patience) > 0 else { return false }
        return SocketOption.pendingError.value(of: descriptor) == 0
    }
}

/// The processes that hold sockets, found in one pass over `/proc/*/fd`.
struct SocketHolders {
    private var processes: [UInt64: Int] = [:]
    /// Whether all processes were examined before the deadline.
    private(set) var isComplete = true

    /// Searches for sockets by inode, as far as the user is permitted.
    init(of inodes: Set<UInt64>, until end: MonotonicTime) {
        var wanted = Dictionary(uniqueKeysWithValues: inodes.map { ("socket:[\($0)]", $0) })
        guard !wanted.isEmpty else { return }
        // A service manager keeps the sockets that it passes on, so process 1 comes last.
        let pids = SmallFile.names(in: "/proc").compactMap { Int($0) }
        for pid in pids.filter({ $0 != 1 }) + [1] {
            let directory = "/proc/\(pid)/fd"
            for name in SmallFile.names(in: directory) {
                guard MonotonicTime.now() < end else {
                    self.isComplete = false
                    return
                }
                guard let target = SmallFile.target(of: "\(directory)/\(name)"),
                    let inode = wanted.removeValue(forKey: target)
                else { continue }
                self.processes[inode] = pid
                if wanted.isEmpty { return }
            }
        }
    }

    /// Returns the process that holds a socket; `nil` if none is found or permitted.
    func holder(of socket: PortTable.Socket?, router: RunningRouter) -> ProbeReport.PortHolder? {
        guard let socket, let pid = self.processes[socket.inode] else { return nil }
        let name = SmallFile.text(of: "/proc/\(pid)/comm").prefix { $0 != "\n" }
        return ProbeReport.PortHolder(
            process: String(name),
            pid: pid,
            isRouter: name == ProbeReport.PortHolder.routerName && router.isProcess(pid)
        )
    }
}
