import Glibc
import NetBIOS
import NetBIOSRouter
import Sockets

/// Whether a port can be bound here, and who has it otherwise.
///
/// The port is bound for a moment, as `run` would, and given back: no connection is accepted and no datagram is read.
struct PortProbe {
    let transport: Transport
    let address: IPv4Address
    let port: UInt16
    /// Whether the address may be on no interface yet, as a standby's.
    var mayBeAbsent = false

    /// The two transports of NetBIOS.
    enum Transport: String {
        case tcp = "TCP"
        case udp = "UDP"
    }

    /// Tries the port.
    func attempt() -> Attempt {
        switch self.bindError {
        case 0: .free
        case EADDRINUSE: .inUse
        case EADDRNOTAVAIL: .noSuchAddress
        case EACCES, EPERM: .notPermitted
        case let number: .failed(String(cString: strerror(number)))
        }
    }

    /// What the kernel said to an attempt to bind the port.
    enum Attempt {
        case free
        case inUse
        case noSuchAddress
        /// Somebody may have it or not.
        case notPermitted
        case failed(String)
    }

    /// The finding about the port, when it is known who has it.
    func finding(_ state: ProbeReport.PortFinding.State) -> ProbeReport.PortFinding {
        ProbeReport.PortFinding(
            transport: self.transport.rawValue,
            address: "\(self.address):\(self.port)",
            state: state
        )
    }

    /// The error number of an attempt to bind the port and, for TCP, to listen; 0 for none.
    private var bindError: CInt {
        let type = self.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        if self.transport == .tcp {
            // Connections of the past do not count; a listener does.
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
