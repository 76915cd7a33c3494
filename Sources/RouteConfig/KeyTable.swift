/// What there is to know about a key: what reading, suggestions, the schema and the manual's key list are made from.
public struct KeyDescription: Hashable, Sendable {
    public var type: ValueType
    /// As it would be written in the file; `nil` where there is no value unless one is written.
    public var defaultText: String?
    /// What the key does, in one sentence.
    public var help: String

    /// One row of the table.
    init(_ type: ValueType, default text: String?, _ help: String) {
        self.type = type
        self.defaultText = text
        self.help = help
    }
}

/// Every key of routes.yaml once.
public enum KeyTable {
    /// The keys of a section, in the order in which the manual has them.
    public static func keys(in section: KeySection) -> [Key] { self.bySection[section] ?? [] }

    /// What a key is for.
    public static func description(of key: Key) -> KeyDescription {
        self.descriptions[key] ?? Self.describe(key)
    }

    /// The key with a name in a section.
    static func key(_ name: String, in section: KeySection) -> Key? { self.byName[section]?[name] }

    /// A section that has a key with the name.
    static func home(of name: String) -> KeySection? { Key.allCases.first { $0.name == name }?.section }

    private static let bySection = Dictionary(grouping: Key.allCases, by: \.section)
    private static let byName = bySection.mapValues { keys in
        Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
    }
    private static let descriptions = Dictionary(Key.allCases.map { ($0, describe($0)) }) { first, _ in first }

    /// The most sessions or connections that a limit may allow.
    private static let maximumSessions = 1_000_000
    /// The most registration packets a second.
    private static let maximumClaimRate = 10_000

    /// The table itself.
    private static func describe(_ key: Key) -> KeyDescription {
        switch key {
        case .listen: .init(.section(.listen), default: nil, "Where the router is reached.")
        case .listenAddresses:
            .init(
                .list(of: .ipv4Address),
                default: "[0.0.0.0]",
                "IPv4 addresses that sessions and name packets are received on; NetBIOS over TCP/IP has no IPv6 form."
            )
        case .listenSessionPort: .init(.port, default: "139", "TCP port of the session service.")
        case .listenNamePort: .init(.port, default: "137", "UDP port of the name service.")
        case .listenDatagramPort:
            .init(.port, default: "138", "UDP port that browse-list announcements are sent from and to.")
        case .listenInterfaces:
            .init(
                .list(of: .interface),
                default: "[]",
                "Interfaces that names are advertised on, by name or network; empty means every one that is up and can broadcast."
            )
        case .names: .init(.section(.names), default: nil, "How names are advertised.")
        case .namesNodeType:
            .init(
                .choice(["broadcast", "point", "mixed", "hybrid"]),
                default: "broadcast",
                "NetBIOS node type: broadcast (B), point (P), mixed (M) or hybrid (H)."
            )
        case .namesWINSServers:
            .init(
                .list(of: .ipv4Address),
                default: "[]",
                "WINS servers for the node types point, mixed and hybrid, in order of preference."
            )
        case .namesWorkgroup:
            .init(
                .optional(.name),
                default: "WORKGROUP",
                "Group name that is registered beside the names of the routes."
            )
        case .namesTTL: .init(.duration(minimum: .seconds(1)), default: "3d", "Time to live of the names.")
        case .namesClaimRate:
            .init(
                .count(maximum: self.maximumClaimRate),
                default: "200",
                "The most registration packets a second on each interface."
            )
        case .namesAnnounce:
            .init(.boolean, default: "false", "Whether the names are announced to browse lists on UDP/138.")
        case .sessions: .init(.section(.sessions), default: nil, "Limits and waits of sessions.")
        case .sessionsRequestTimeout:
            .init(
                .optional(.duration(minimum: .milliseconds(1))),
                default: "10s",
                "The longest time from accepting a connection to its complete session request."
            )
        case .sessionsConnectTimeout:
            .init(
                .optional(.duration(minimum: .milliseconds(1))),
                default: "5s",
                "The longest time for one attempt to reach a backend."
            )
        case .sessionsIdleTimeout:
            .init(
                .optional(.duration(minimum: .milliseconds(1))),
                default: "none",
                "A session without a byte either way for this long is ended."
            )
        case .sessionsMaxSessions:
            .init(.optional(.count(maximum: self.maximumSessions)), default: "10000", "The most sessions at a time.")
        case .sessionsMaxSessionsPerClient:
            .init(
                .optional(.count(maximum: self.maximumSessions)),
                default: "none",
                "The most sessions at a time of one client address."
            )
        case .sessionsMaxPending:
            .init(
                .optional(.count(maximum: self.maximumSessions)),
                default: "1000",
                "The most connections at a time that have not sent a complete session request yet."
            )
        case .sessionsUnknownNames:
            .init(
                .choice(["reject", "default"]),
                default: "reject",
                "What happens to calls of a name that no route has: refused, or sent to the default route."
            )
        case .sessionsAllow:
            .init(
                .list(of: .network),
                default: nil,
                "Client addresses that may call at all, whatever the route; all of them unless given."
            )
        case .sessionsDeny:
            .init(
                .list(of: .network),
                default: "[]",
                "Client addresses that may not call any route, whatever `allow` says."
            )
        case .defaultRoute:
            .init(
                .optional(.name),
                default: "none",
                "The name or an alias of the route that takes calls to *SMBSERVER, which clients make that connect by address."
            )
        case .control:
            .init(.optional(.path), default: "/run/nbrouter/control.sock", "Path of the control socket.")
        case .metrics:
            .init(
                .optional(.endpoint),
                default: "none",
                "Address and port of an HTTP listener with /metrics, /status and a status page."
            )
        case .routes:
            .init(.mappings(.route), default: nil, "The names, each with the servers that take its sessions.")
        case .routeName:
            .init(.name, default: nil, "NetBIOS name of 1 to 15 bytes that clients call; upper-cased.")
        case .routeAliases: .init(.list(of: .name), default: "[]", "More names for the same backends.")
        case .routeScope: .init(.scope, default: nil, "NetBIOS scope of the names; the empty scope unless given.")
        case .routeSuffixes:
            .init(
                .list(of: .suffix),
                default: "[0x20, 0x00]",
                "Sixteenth bytes under which the names are advertised and answered."
            )
        case .routeBackend:
            .init(
                .backend,
                default: nil,
                "Server that takes the sessions: HOST, HOST:PORT or [IPv6]:PORT; the port is 445 unless given."
            )
        case .routeBackends:
            .init(.list(of: .backend), default: nil, "Several servers instead of `backend`, in order of preference.")
        case .routeBalance:
            .init(
                .choice(Route.Balance.allCases.map(\.rawValue)),
                default: "failover",
                "Order in which the backends are tried."
            )
        case .routeAddress:
            .init(
                .ipv4Address,
                default: nil,
                "Address that is advertised instead of the interface's own; calls to *SMBSERVER that arrive on it take this route."
            )
        case .routeHealthCheck:
            .init(
                .choice(Route.HealthCheck.allCases.map(\.rawValue)),
                default: "none",
                "How backends are checked while no session needs them."
            )
        case .routeHealthInterval:
            .init(.duration(minimum: .milliseconds(100)), default: "10s", "Time between two checks of a backend.")
        case .routeSource:
            .init(
                .choice(Route.SourceAddress.allCases.map(\.rawValue)),
                default: "router",
                "Whose address the backend sees: the router's, or the client's own (IP_TRANSPARENT)."
            )
        case .routeAllow:
            .init(.list(of: .network), default: nil, "Client addresses that may call; all of them unless given.")
        case .routeDeny:
            .init(.list(of: .network), default: "[]", "Client addresses that may not call, whatever `allow` says.")
        case .routeMaxSessions:
            .init(
                .optional(.count(maximum: self.maximumSessions)),
                default: "none",
                "The most sessions at a time of this route."
            )
        case .routeOnRemove:
            .init(
                .choice(Route.OnRemove.allCases.map(\.rawValue)),
                default: "keep",
                "What a reload that removes or changes the route does to its sessions."
            )
        case .include:
            .init(
                .list(of: .pattern),
                default: "[]",
                "Further files that hold `routes` alone; wildcards, relative to this file, in sorted order."
            )
        }
    }
}
