public import NetBIOS

/// Everything that routes.yaml says, validated: what `check` proves, `run` uses and a reload compares.
public struct RouterConfiguration: Hashable, Sendable {
    public var listen: ListenSettings
    public var names: NameSettings
    public var sessions: SessionSettings
    /// Where calls by address go that no route's ``Route/address`` takes; `nil` refuses them.
    public var defaultRoute: Route.ID?
    /// Path of the control socket; `nil` for none.
    public var control: String?
    /// Where metrics and the status page are served; `nil` for nowhere.
    public var metrics: MetricsEndpoint?
    /// In file order, files in include order.
    public var routes: [Route]

    /// A configuration; what is left out has its default.
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

/// `listen`: where the router is reached.
public struct ListenSettings: Hashable, Sendable {
    public var addresses: [IPv4Address] = [.any]
    public var sessionPort: UInt16 = 139
    public var namePort: UInt16 = 137
    public var datagramPort: UInt16 = 138
    /// Where names are advertised; empty for every interface that is up and can broadcast.
    public var interfaces: [InterfaceSelector] = []

    /// Every setting at its default.
    public init() {}
}

/// One entry of `listen.interfaces`.
public enum InterfaceSelector: Hashable, Sendable {
    /// An interface's name, `eth0`.
    case name(String)
    /// Every interface with an address in the network.
    case network(IPv4Network)

    /// A selector as routes.yaml writes it; `nil` for text that is neither a name nor a network.
    public init?(_ text: String) {
        guard let selector = try? AddressText.interface(text) else { return nil }
        self = selector
    }
}

/// `names`: how names are advertised.
public struct NameSettings: Hashable, Sendable {
    public var nodeType: NodeType = .broadcast
    /// Name servers in order of preference.
    public var winsServers: [IPv4Address] = []
    /// Group name that is registered beside the routes' names, as <00>; `nil` for none.
    public var workgroup: NetBIOSName? = Self.defaultWorkgroup
    /// Time to live of the names in registrations and answers.
    public var ttl: Duration = .seconds(3 * 24 * 3600)
    /// Registration packets a second and interface, at most.
    public var claimRate = 200
    /// Whether the names are announced to browsers on UDP/138.
    public var announce = false

    /// Every setting at its default.
    public init() {}

    private static var defaultWorkgroup: NetBIOSName? { try? NetBIOSName("WORKGROUP", suffix: .workstation) }
}

/// `sessions`: limits and waits. A `nil` duration or count is `none`: without limit.
public struct SessionSettings: Hashable, Sendable {
    /// From TCP accept to a complete session request.
    public var requestTimeout: Duration? = .seconds(10)
    /// One attempt to reach a backend.
    public var connectTimeout: Duration? = .seconds(5)
    /// No bytes either way.
    public var idleTimeout: Duration?
    public var maxSessions: Int? = 10000
    public var maxSessionsPerClient: Int?
    /// Connections that have not sent a complete session request yet.
    public var maxPending: Int? = 1000
    public var unknownNames: UnknownNames = .reject
    /// Who may call at all, whatever the route.
    public var access = AccessList()

    /// Every setting at its default.
    public init() {}

    /// What happens to calls of a name that no route has.
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

    /// An endpoint; whoever makes one checks that `port` is not 0.
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
