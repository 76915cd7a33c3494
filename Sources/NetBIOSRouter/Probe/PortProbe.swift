import Glibc
import NetBIOS

/// Whether a port can be bound here, and who has it otherwise.
///
/// The port is bound for a moment, as `run` would, and given back: no connection is accepted and no datagram is read.
struct PortProbe {
    let transport: Transport
    let address: IPv4Address
    let port: UInt16

    /// The two transports of NetBIOS.
    enum Transport: String {
        case tcp = "TCP"
        case udp = "UDP"
    }

    /// Tries the port.
    func finding() -> ProbeReport.PortFinding {
        ProbeReport.PortFinding(
            transport: self.transport.rawValue,
            address: "\(self.address):\(self.port)",
            state: self.state
        )
    }

    private var state: ProbeReport.PortFinding.State {
        switch self.bindError {
        case 0: return .free
        case EADDRINUSE: return .held(by: PortTable(self.transport).holder(of: self.address, port: self.port))
        case EADDRNOTAVAIL: return .noSuchAddress
        case EACCES, EPERM:
            let table = PortTable(self.transport)
            return table.isTaken(self.address, port: self.port)
                ? .held(by: table.holder(of: self.address, port: self.port)) : .notPermitted
        case let number: return .failed(String(cString: strerror(number)))
        }
    }

    /// The error number of an attempt to bind the port and, for TCP, to listen; 0 for none.
    private var bindError: CInt {
        let type = self.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        if self.transport == .tcp {
            // Connections of the past do not count; a listener does.
            var on: CInt = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        guard SocketAddressBytes(self.address, port: self.port).withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
            return errno
        }
        guard self.transport == .tcp else { return 0 }
        return listen(descriptor, 1) == 0 ? 0 : errno
    }
}

/// The kernel's tables of sockets, `/proc/net/tcp` and its like (proc(5)).
struct PortTable {
    private let sockets: [Socket]

    private struct Socket {
        /// `nil` for all addresses.
        let address: IPv4Address?
        let port: UInt16
        let inode: Substring
    }

    /// Listeners of TCP, or all sockets of UDP, at the moment.
    init(_ transport: PortProbe.Transport) {
        let name = transport == .tcp ? "tcp" : "udp"
        self.sockets = ["/proc/net/\(name)", "/proc/net/\(name)6"].flatMap { path in
            SmallFile.text(of: path).split(separator: "\n").dropFirst().compactMap { line -> Socket? in
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                // 0A is TCP_LISTEN.
                guard fields.count > 9, transport == .udp || fields[3] == "0A" else { return nil }
                let place = fields[1].split(separator: ":")
                guard place.count == 2, let port = UInt16(place[1], radix: 16) else { return nil }
                return Socket(address: Self.address(place[0]), port: port, inode: fields[9])
            }
        }
    }

    /// An address as the kernel prints it: 32 bits in the machine's byte order, the last ones of an IPv6 address.
    private static func address(_ text: Substring) -> IPv4Address? {
        guard text.contains(where: { $0 != "0" }), let number = UInt32(text.suffix(8), radix: 16) else { return nil }
        return IPv4Address(rawValue: UInt32(bigEndian: number))
    }

    /// Whether a socket has the port in a way that shuts out another one at the address.
    func isTaken(_ address: IPv4Address, port: UInt16) -> Bool {
        self.socket(address, port: port) != nil
    }

    /// The process that has the port; `nil` when none has it, or when this user may not know.
    func holder(of address: IPv4Address, port: UInt16) -> ProbeReport.PortHolder? {
        guard let inode = self.socket(address, port: port)?.inode else { return nil }
        let wanted = "socket:[\(inode)]"
        for pid in SmallFile.names(in: "/proc").compactMap({ Int($0) }) {
            let directory = "/proc/\(pid)/fd"
            guard
                SmallFile.names(in: directory).contains(where: { SmallFile.target(of: "\(directory)/\($0)") == wanted })
            else { continue }
            let process = SmallFile.text(of: "/proc/\(pid)/comm").prefix { $0 != "\n" }
            return ProbeReport.PortHolder(process: String(process), pid: pid)
        }
        return nil
    }

    private func socket(_ address: IPv4Address, port: UInt16) -> Socket? {
        self.sockets.first { socket in
            socket.port == port && (socket.address == nil || address == .any || socket.address == address)
        }
    }
}
