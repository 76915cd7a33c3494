import Glibc
public import Logging
public import NetBIOSRouter
import RouteConfig
import SystemPackage

/// The listening TCP socket of metrics and status page.
enum MetricsSocket {
    /// The length of the accept queue.
    private static let backlog: CInt = 128

    /// Binds and listens. The address need not be on an interface yet.
    ///
    /// - Parameters:
    ///   - endpoint: The address and port.
    ///   - sharesPort: Whether the router's previous listener may still hold the port at another address, as during a
    ///     reload.
    /// - Returns: The descriptor, owned by the caller.
    /// - Throws: ``MetricsSocketError`` with the address and the remedy.
    static func bind(_ endpoint: MetricsEndpoint, sharesPort: Bool) throws(MetricsSocketError) -> CInt {
        if let inherited = InheritedSockets.shared.takeStream(endpoint.description) { return inherited }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(endpoint.host, "\(endpoint.port)", &hints, &found)
        defer { if found != nil { freeaddrinfo(found) } }
        guard status == 0, let address = found?.pointee else {
            throw MetricsSocketError(endpoint: endpoint, reason: String(cString: gai_strerror(status)), errorNumber: 0)
        }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, 0)
        guard descriptor >= 0 else { throw MetricsSocketError(endpoint: endpoint, errorNumber: errno) }
        self.set(SOL_SOCKET, SO_REUSEADDR, on: descriptor)
        if sharesPort { self.set(SOL_SOCKET, SO_REUSEPORT, on: descriptor) }
        self.set(CInt(IPPROTO_IP), IP_FREEBIND, on: descriptor)
        guard Glibc.bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, self.backlog) == 0
        else {
            let number = errno
            close(descriptor)
            throw MetricsSocketError(endpoint: endpoint, errorNumber: number)
        }
        return descriptor
    }

    private static func set(_ level: CInt, _ option: CInt, on descriptor: CInt) {
        var isOn: CInt = 1
        setsockopt(descriptor, level, option, &isOn, socklen_t(MemoryLayout<CInt>.size))
    }
}

/// The failure to bind the metrics listener, with address, reason and remedy.
public struct MetricsSocketError: LifecycleError, Hashable {
    /// `192.0.2.1:9139`.
    public let address: String
    /// The system's error text.
    public let reason: String
    public let remedy: String

    init(endpoint: MetricsEndpoint, reason: String? = nil, errorNumber: CInt) {
        self.address = endpoint.description
        self.reason = reason ?? String(cString: strerror(errorNumber)).lowercased()
        switch errorNumber {
        case EADDRINUSE:
            self.remedy =
                "another process holds the port: `ss -lntp 'sport = :\(endpoint.port)'` names it; choose another for `metrics`"
        case EACCES, EPERM:
            self.remedy = "choose a port from 1024 on for `metrics`, or give the process CAP_NET_BIND_SERVICE"
        default:
            self.remedy =
                ResourceShortage.remedy(for: Errno(rawValue: errorNumber))
                ?? "choose another address for `metrics`; `none` means no listener"
        }
    }

    public var summary: String { "cannot serve metrics on \(self.address): \(self.reason)" }

    public var metadata: Logger.Metadata {
        Logger.Metadata([
            .listener: "TCP \(self.address)", .setting: "metrics", .reason: self.reason, .remedy: self.remedy,
        ])
    }
}
