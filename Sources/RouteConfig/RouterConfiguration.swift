public import NetBIOS

/// A valid configuration: the settings of routes.yaml.
public struct RouterConfiguration: Hashable, Sendable {
    public var listen: ListenSettings
    public var names: NameSettings
    public var sessions: SessionSettings
    /// The route of calls by address that no ``Route/address`` takes; `nil` refuses them.
    public var defaultRoute: Route.ID?
    /// Path of the control socket; `nil` for none.
    public var control: String?
    /// The listener of metrics and status page; `nil` for none.
    public var metrics: MetricsEndpoint?
    /// In file order, files in include order.
    public var routes: [Route]

    /// Makes a configuration with defaults for the settings left out.
    public init(
        listen: ListenSettings = ListenSettings(),
        names: NameSettings = NameSettings(),
        sessions: SessionSettings = SessionSettings(),
        defaultRoute: Route.ID? = nil,
        control: String? = "/run/nbrouter/control.sock",
        metrics: MetricsEndpoint? = nil,
        routes: [Route] = []
    ) {
        self.listen = listen
        self.names = names
        self.sessions = sessions
        self.defaultRoute = defaultRoute
        self.control = control
        self.metrics = metrics
        self.routes = routes
    }
}

/// `listen`: addresses, ports and interfaces.
public struct ListenSettings: Hashable, Sendable {
    public var addresses: [IPv4Address] = [.any]
    public var sessionPort: UInt16 = 139
    public var namePort: UInt16 = 137
    public var datagramPort: UInt16 = 138
    /// The interfaces that names are advertised on; empty for every one that is up and can broadcast.
    public var interfaces: [InterfaceSelector] = []

    public init() {}
}

/// One entry of `listen.interfaces`.
public enum InterfaceSelector: Hashable, Sendable {
    /// An interface's name, `eth0`.
    case name(String)
    /// Every interface with an address in the network.
    case network(IPv4Network)

    /// Parses a selector as routes.yaml writes it; `nil` if it is neither a name nor a network.
    public init?(_ text: String) {
        guard let selector = try? AddressText.interface(text) else { return nil }
        self = selector
    }
}

/// `names`: the name service.
public struct NameSettings: Hashable, Sendable {
    public var nodeType: NodeType = .broadcast
    /// WINS servers in order of preference.
    public var winsServers: [IPv4Address] = []
    /// Group name registered beside the routes' names, as <00>; `nil` for none.
    public var workgroup: NetBIOSName? = Self.defaultWorkgroup
    /// Time to live of the names in registrations and responses.
    public var ttl: Duration = .seconds(3 * 24 * 3600)
    /// Maximum registration packets per second on each interface.
    public var claimRate = 200
    /// Whether the names are announced to browsers on UDP/138.
    public var announce = false

    public init() {}

    private static var defaultWorkgroup: NetBIOSName? { try? NetBIOSName("WORKGROUP", suffix: .workstation) }
}

/// `sessions`: limits and timeouts. `nil` is `none`: no limit.
public struct SessionSettings: Hashable, Sendable {
    /// Time from TCP accept to a complete session request.
    public var requestTimeout: Duration? = .seconds(10)
    /// Time for one attempt to connect to a backend.
    public var connectTimeout: Duration? = .seconds(5)
    /// Time without bytes in either direction.
    public var idleTimeout: Duration?
    public var maxSessions: Int? = 10000
    public var maxSessionsPerClient: Int?
    /// Maximum connections that have not yet sent a complete session request.
    public var maxPending: Int? = 1000
    public var unknownNames: UnknownNames = .reject
    /// The clients that may open sessions, whatever the route.
    public var access = AccessList()

    public init() {}

    /// The handling of calls to a name that no route has.
    public enum UnknownNames: String, Hashable, Sendable, CaseIterable {
        /// Refused with 0x82.
        case reject
        /// Sent to ``RouterConfiguration/defaultRoute``.
        case defaultRoute = "default"
    }
}

/// `metrics`: the address and port of the HTTP listener.
public struct MetricsEndpoint: Hashable, Sendable {
    /// An IPv4 or IPv6 address, the latter without brackets.
    public var host: String
    public var port: UInt16

    /// Makes an endpoint; `port` must not be 0.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

extension MetricsEndpoint: CustomStringConvertible {
    /// `192.0.2.1:9139`, `[2001:db8::1]:9139`.
    public var description: String {
        self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
