import Glibc
public import Logging
import NIOCore

/// A port could not be bound. Says which, why, and what most likely mends it.
public struct BindError: Error, CustomStringConvertible {
    /// Which of the two services of NetBIOS over TCP/IP wanted the port.
    public enum Service: String, Sendable {
        case name = "UDP"
        case session = "TCP"
    }

    public let service: Service
    /// `192.0.2.1:139`.
    public let address: String
    /// What the kernel said.
    public let reason: String
    /// What to do about it.
    public let remedy: String
    /// What the kernel said, as errno(3); `nil` where it was not the kernel.
    let errorNumber: CInt?

    init(service: Service, address: SocketAddress, reason: any Error) {
        self.init(
            service: service,
            address: address.logText,
            port: UInt16(truncatingIfNeeded: address.port ?? 0),
            reason: reason
        )
    }

    init(service: Service, address: String, port: UInt16, reason: any Error) {
        self.service = service
        self.address = address
        self.reason = "\(ErrorText(reason))"
        self.errorNumber = (reason as? IOError)?.errnoCode
        self.remedy = Self.remedy(service, port: port, errorNumber: self.errorNumber)
    }

    /// The facts, for a log line.
    public var metadata: Logger.Metadata {
        Logger.Metadata([
            .listener: "\(self.service.rawValue) \(self.address)", .reason: self.reason, .remedy: self.remedy,
        ])
    }

    public var description: String {
        "cannot listen on \(self.service.rawValue) \(self.address): \(self.reason); \(self.remedy)"
    }

    private static func remedy(_ service: Service, port: UInt16, errorNumber: CInt?) -> String {
        switch errorNumber {
        case EADDRINUSE:
            switch service {
            case .name:
                """
                another process holds the port, most often Samba's nmbd: `ss -lnup 'sport = :\(port)'` names it; \
                stop it (`systemctl disable --now nmbd`), since only one name service can answer at an address
                """
            case .session:
                """
                another process holds the port, most often Samba's smbd: `ss -lntp 'sport = :\(port)'` names it; \
                set `smb ports = 445` in smb.conf, or give nbrouter an address of its own in `listen.addresses`
                """
            }
        case EACCES, EPERM:
            """
            ports below 1024 need the capability CAP_NET_BIND_SERVICE: run as the systemd unit does \
            (AmbientCapabilities=CAP_NET_BIND_SERVICE), or `setcap cap_net_bind_service=+ep` on the binary
            """
        case EADDRNOTAVAIL:
            "no interface has this address: compare `listen.addresses` with `ip address`"
        default:
            "see nbrouter(8), TROUBLESHOOTING"
        }
    }
}
