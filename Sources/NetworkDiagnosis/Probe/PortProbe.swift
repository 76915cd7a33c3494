import Glibc
import NetBIOS
import NetBIOSRouter
import Sockets

/// Checks whether a port can be bound, and which process holds it otherwise.
///
/// Binds the port briefly as `run` would, without accepting connections or reading datagrams.
struct PortProbe {
    let transport: Transport
    let address: IPv4Address
    let port: UInt16
    /// Whether the address may be missing from all interfaces, as on a standby.
    var mayBeAbsent = false

    /// The two transports of NetBIOS.
    enum Transport: String {
        case tcp = "TCP"
        case udp = "UDP"
    }

    /// Tries to bind the port.
    func attempt() -> Attempt {
        switch self.bindError {
        case 0: .free
        case EADDRINUSE: .inUse
        case EADDRNOTAVAIL: .noSuchAddress
        case EACCES, EPERM: .notPermitted
        case let number: .failed(String(cString: strerror(number)))
        }
    }

    /// The result of binding the port.
    enum Attempt {
        case free
        case inUse
        case noSuchAddress
        /// Permission denied; the port may be free or not.
        case notPermitted
        case failed(String)
    }

    /// Makes the finding for the port.
    func finding(_ state: ProbeReport.PortFinding.State) -> ProbeReport.PortFinding {
        ProbeReport.PortFinding(
            transport: self.transport.rawValue,
            address: "\(self.address):\(self.port)",
            state: state
        )
    }

    /// The error number of binding the port and, for TCP, listening; 0 on success.
    private var bindError: CInt {
        let type = self.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        if self.transport == .tcp {
            // Ignores connections in TIME_WAIT; a listener still conflicts.
            try? SocketOption.reuseAddress.set(on: descriptor, to: 1)
        }
        if self.mayBeAbsent { try? SocketOption.freeBind.set(on: descriptor, to: 1) }
        guard sockaddr_in(self.address, port: self.port).withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
            return errno
        }
        guard self.transport == .tcp else { return 0 }
        return listen(descriptor, 1) == 0 ? 0 : errno
    }
}
