/// A mapping of routes.yaml that has keys.
public enum KeySection: String, Hashable, Sendable, CaseIterable {
    case file, listen, names, sessions, route

    /// Where its keys are, in a sentence.
    var place: String {
        switch self {
        case .file: "at the top level"
        case .listen, .names, .sessions: "under `\(self.rawValue)`"
        case .route: "in a route"
        }
    }

    /// The section as the subject of a sentence.
    var subject: String {
        switch self {
        case .file: "the file"
        case .listen, .names, .sessions: "`\(self.rawValue)`"
        case .route: "the route"
        }
    }
}

/// Every key of routes.yaml. The raw value is its path; a route's keys begin with `routes.`.
public enum Key: String, Hashable, Sendable, CaseIterable {
    case listen
    case listenAddresses = "listen.addresses"
    case listenSessionPort = "listen.session_port"
    case listenNamePort = "listen.name_port"
    case listenDatagramPort = "listen.datagram_port"
    case listenInterfaces = "listen.interfaces"

    case names
    case namesNodeType = "names.node_type"
    case namesWINSServers = "names.wins_servers"
    case namesWorkgroup = "names.workgroup"
    case namesTTL = "names.ttl"
    case namesClaimRate = "names.claim_rate"
    case namesAnnounce = "names.announce"

    case sessions
    case sessionsRequestTimeout = "sessions.request_timeout"
    case sessionsConnectTimeout = "sessions.connect_timeout"
    case sessionsIdleTimeout = "sessions.idle_timeout"
    case sessionsMaxSessions = "sessions.max_sessions"
    case sessionsMaxSessionsPerClient = "sessions.max_sessions_per_client"
    case sessionsMaxPending = "sessions.max_pending"
    case sessionsUnknownNames = "sessions.unknown_names"
    case sessionsAllow = "sessions.allow"
    case sessionsDeny = "sessions.deny"

    case defaultRoute = "default_route"
    case control
    case metrics

    case routes
    case routeName = "routes.name"
    case routeAliases = "routes.aliases"
    case routeScope = "routes.scope"
    case routeSuffixes = "routes.suffixes"
    case routeBackend = "routes.backend"
    case routeBackends = "routes.backends"
    case routeBalance = "routes.balance"
    case routeAddress = "routes.address"
    case routeHealthCheck = "routes.health_check"
    case routeHealthInterval = "routes.health_interval"
    case routeSource = "routes.source"
    case routeAllow = "routes.allow"
    case routeDeny = "routes.deny"
    case routeMaxSessions = "routes.max_sessions"
    case routeOnRemove = "routes.on_remove"

    case include

    /// The word that is written before the `:`.
    public var name: String {
        self.rawValue.split(separator: ".").last.map(String.init) ?? self.rawValue
    }

    /// The mapping that the key is written in.
    public var section: KeySection {
        switch self {
        case .listen, .names, .sessions, .defaultRoute, .control, .metrics, .routes, .include: .file
        case .listenAddresses, .listenSessionPort, .listenNamePort, .listenDatagramPort, .listenInterfaces: .listen
        case .namesNodeType, .namesWINSServers, .namesWorkgroup, .namesTTL, .namesClaimRate, .namesAnnounce: .names
        case .sessionsRequestTimeout, .sessionsConnectTimeout, .sessionsIdleTimeout, .sessionsMaxSessions,
            .sessionsMaxSessionsPerClient, .sessionsMaxPending, .sessionsUnknownNames, .sessionsAllow, .sessionsDeny:
            .sessions
        case .routeName, .routeAliases, .routeScope, .routeSuffixes, .routeBackend, .routeBackends, .routeBalance,
            .routeAddress, .routeHealthCheck, .routeHealthInterval, .routeSource, .routeAllow, .routeDeny,
            .routeMaxSessions, .routeOnRemove:
            .route
        }
    }
}

/// What a key's value is.
public indirect enum ValueType: Hashable, Sendable {
    /// A mapping with the keys of a section.
    case section(KeySection)
    /// A list, or one entry of it without the brackets.
    case list(of: ValueType)
    /// A list of mappings.
    case mappings(KeySection)
    case ipv4Address
    case network
    case port
    case interface
    case boolean
    case choice([String])
    /// At least `minimum` and at most ``DurationText/maximum``.
    case duration(minimum: Duration)
    /// From 1.
    case count(maximum: Int)
    case name
    case scope
    case suffix
    case backend
    case path
    /// An address and a port.
    case endpoint
    /// The path of a file, with wildcards.
    case pattern
    /// The value or the word `none`.
    case optional(ValueType)

    /// What is expected, in the words of an error message.
    var phrase: String {
        switch self {
        case .section: "a mapping"
        case .list(let entry): "a list (each entry \(entry.phrase))"
        case .mappings: "a list of mappings"
        case .ipv4Address: "an IPv4 address"
        case .network: "an IPv4 network"
        case .port: "a port"
        case .interface: "an interface name or IPv4 network"
        case .boolean: "`true` or `false`"
        case .choice(let choices): choices.alternatives
        case .duration: "a duration"
        case .count: "a number"
        case .name: "a name"
        case .scope: "a scope"
        case .suffix: "a suffix"
        case .backend: "a host"
        case .path: "a path"
        case .endpoint: "an ADDRESS:PORT"
        case .pattern: "a file path"
        case .optional(let type): "\(type.phrase) or `none`"
        }
    }
}
