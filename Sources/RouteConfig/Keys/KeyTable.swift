import NetBIOS

/// All keys of routes.yaml, one row each: path, type, default, help and storage.
///
/// The reader, its suggestions and the JSON Schema are derived from the rows; tests compare the manual, the examples
/// and the defaults of ``RouterConfiguration`` with them. The order is that of the manual.
public enum KeyTable {
    /// All keys; those of a section follow the key that holds it.
    public static let keys = file.list.all
    /// The sections, the top level first.
    public static let sections = lists.map(\.section)

    private static let lists = file.list.lists

    public static func keys(in section: KeySection) -> [Key] { self.lists.first { $0.section == section }?.keys ?? [] }

    /// Returns the first section that has a key with a name.
    static func home(of name: String) -> KeySection? {
        guard let key = self.keys.first(where: { $0.name == name }) else { return nil }
        return self.sections.first { $0.path == key.sectionPath }
    }

    /// The largest value of a session or connection limit.
    static let maximumSessions = 1_000_000
    /// The largest registration rate, in packets per second.
    private static let maximumClaimRate = 10_000

    // MARK: - The file

    static let file = KeyRows<FileDraft>(
        .file(requires: .anyOf(["routes", "include"]), help: "begin the file with `routes:`"),
        [
            .section("listen", "Addresses, ports and interfaces of the router.", listen, \.configuration.listen),
            .section("names", "Name service.", names, \.configuration.names),
            .section("sessions", "Limits and timeouts of sessions.", sessions, \.configuration.sessions),
            .value(
                "default_route",
                .optional(.routeName),
                default: "none",
                "Name or alias of the route for calls to *SMBSERVER, from clients that connect by address.",
                located: \.defaultRoute
            ),
            control,
            .value(
                "metrics",
                .optional(.endpoint),
                default: "none",
                "Address and port of an HTTP listener with /metrics, /status and a status page.",
                \.configuration.metrics
            ),
            .mappings("routes", "Names to advertise and the backends of their sessions.", route.list) {
                $0.readRoutes($1)
            }
            .includable()
            .checked { reader, values, _ in reader.checkRoutesWritten(values) },
            .list(
                "include",
                of: .pattern,
                default: "[]",
                "Further files with `routes` only; wildcards, relative to this file, in sorted order.",
                located: \.include
            ),
        ]
    )

    /// A row of its own for commands that only look for the router.
    static let control = KeyRow<FileDraft>.value(
        "control",
        .optional(.socketPath),
        default: "/run/nbrouter/control.sock",
        "Path of the control socket.",
        \.configuration.control
    )

    // MARK: - listen

    static let listen = KeyRows<FileDraft>(
        .mapping("listen"),
        [
            .list(
                "listen.addresses",
                of: .addressOrAny,
                count: 1...Int.max,
                default: "[0.0.0.0]",
                "IPv4 addresses that sessions and name packets are received on; NetBIOS over TCP/IP has no IPv6 form.",
                located: \.addresses
            )
            .ifEmpty("write `[0.0.0.0]` for every address of this machine, or remove the key")
            .checked { reader, _, file in reader.checkAddresses(&file) },
            .value(
                "listen.session_port",
                .port,
                default: "139",
                "TCP port of the session service.",
                \.configuration.listen.sessionPort
            ),
            .value(
                "listen.name_port",
                .port,
                default: "137",
                "UDP port of the name service.",
                \.configuration.listen.namePort
            ),
            .value(
                "listen.datagram_port",
                .port,
                default: "138",
                "UDP port that browse-list announcements are sent from and to.",
                \.configuration.listen.datagramPort
            ),
            .list(
                "listen.interfaces",
                of: .interface,
                default: "[]",
                "Interfaces that names are advertised on, by name or network; empty means every one that is up and can broadcast.",
                \.configuration.listen.interfaces
            ),
        ]
    )

    // MARK: - names

    /// The values of `names.node_type`.
    static let nodeTypes: [(name: String, value: NodeType)] = [
        ("broadcast", .broadcast), ("point", .point), ("mixed", .mixed), ("hybrid", .hybrid),
    ]

    static let names = KeyRows<FileDraft>(
        .mapping("names"),
        [
            .value(
                "names.node_type",
                .words(nodeTypes),
                default: "broadcast",
                "NetBIOS node type: broadcast (B), point (P), mixed (M) or hybrid (H).",
                \.configuration.names.nodeType
            ),
            .list(
                "names.wins_servers",
                of: .address,
                default: "[]",
                "WINS servers for the node types point, mixed and hybrid, in order of preference.",
                \.configuration.names.winsServers
            ),
            .value(
                "names.workgroup",
                .optional(.name(.workstation)),
                default: "WORKGROUP",
                "Group name that is registered beside the names of the routes.",
                \.configuration.names.workgroup
            ),
            .value(
                "names.ttl",
                .duration(minimum: .seconds(1)),
                default: "3d",
                "Time to live of the names.",
                \.configuration.names.ttl
            ),
            .value(
                "names.claim_rate",
                .count(maximum: maximumClaimRate),
                default: "200",
                "Maximum registration packets per second on each interface.",
                \.configuration.names.claimRate
            ),
            .value(
                "names.announce",
                .boolean,
                default: "false",
                "Whether the names are announced to browse lists on UDP/138.",
                \.configuration.names.announce
            ),
        ]
    )

    // MARK: - sessions

    static let sessions = KeyRows<FileDraft>(
        .mapping("sessions"),
        [
            .value(
                "sessions.request_timeout",
                .optional(.duration(minimum: .milliseconds(1))),
                default: "10s",
                "Maximum time from accepting a connection to its complete session request.",
                \.configuration.sessions.requestTimeout
            ),
            .value(
                "sessions.connect_timeout",
                .optional(.duration(minimum: .milliseconds(1))),
                default: "5s",
                "Maximum time for one attempt to connect to a backend.",
                \.configuration.sessions.connectTimeout
            ),
            .value(
                "sessions.idle_timeout",
                .optional(.duration(minimum: .milliseconds(1))),
                default: "none",
                "Time without data in either direction after which a session ends.",
                \.configuration.sessions.idleTimeout
            ),
            .value(
                "sessions.max_sessions",
                .optional(.count(maximum: maximumSessions)),
                default: "10000",
                "Maximum concurrent sessions.",
                \.configuration.sessions.maxSessions
            ),
            .value(
                "sessions.max_sessions_per_client",
                .optional(.count(maximum: maximumSessions)),
                default: "none",
                "Maximum concurrent sessions of one client address.",
                \.configuration.sessions.maxSessionsPerClient
            ),
            .value(
                "sessions.max_pending",
                .optional(.count(maximum: maximumSessions)),
                default: "1000",
                "Maximum concurrent connections that have not yet sent a complete session request.",
                \.configuration.sessions.maxPending
            ),
            .value(
                "sessions.unknown_names",
                .words,
                default: "reject",
                "Handling of calls to a name that no route has: refuse, or send to the default route.",
                \.configuration.sessions.unknownNames
            ),
            .list(
                "sessions.allow",
                of: .network,
                count: 1...Int.max,
                default: .meaning("everyone"),
                "Client addresses that may open sessions on any route; all unless given.",
                located: \.access.allow
            )
            .ifEmpty("an empty list refuses every client; remove `allow` to admit all, or list the clients"),
            .list(
                "sessions.deny",
                of: .network,
                default: "[]",
                "Client addresses that may not open sessions on any route; takes precedence over `allow`.",
                located: \.access.deny
            ),
        ]
    )
}
