import Glibc
public import Logging
import Sockets
import SystemPackage

/// A port that could not be bound, with the cause and the likely remedy.
public struct BindError: LifecycleError {
    /// The service of NetBIOS over TCP/IP that needs the port.
    public enum Service: String, Sendable, Codable {
        case name = "UDP"
        case session = "TCP"
    }

    public let service: Service
    /// `192.0.2.1:139`.
    public let address: String
    /// The system's error.
    public let reason: String
    public let remedy: String

    /// The kernel's error.
    let errno: Errno

    init(service: Service, endpoint: Endpoint, reason: SystemCallError) {
        self.service = service
        self.address = "\(endpoint)"
        self.errno = reason.errno
        self.reason = reason.description
        self.remedy = Self.remedy(service, port: endpoint.port, error: reason.errno)
    }

    public var metadata: Logger.Metadata {
        Logger.Metadata([
            .listener: "\(self.service.rawValue) \(self.address)", .reason: self.reason, .remedy: self.remedy,
        ])
    }

    public var summary: String { "cannot listen on \(self.service.rawValue) \(self.address): \(self.reason)" }

    private static func remedy(_ service: Service, port: UInt16, error: Errno) -> String {
        switch error {
        case .addressInUse:
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
        case .permissionDenied, .notPermitted:
            """
            ports below 1024 need the capability CAP_NET_BIND_SERVICE: run as the systemd unit does \
            (AmbientCapabilities=CAP_NET_BIND_SERVICE), or `setcap cap_net_bind_service=+ep` on the binary
            """
        case .addressNotAvailable:
            "no interface has this address: compare `listen.addresses` with `ip address`"
        default:
            ResourceShortage.remedy(for: error) ?? "see nbrouter-trouble(7), The router does not start"
        }
    }
}
