import NetBIOS
public import NetBIOSRouter
public import RouteConfig

/// The router at one moment, as `nbrouter status --json` and `/status` have it.
public struct StatusReport: Hashable, Sendable, Codable {
    public var version: String
    /// The abbreviated commit that the router was built of.
    @NullWhenAbsent public var commit: String?
    /// Whole seconds since the start.
    public var uptimeSeconds: Int64
    public var generation: Int
    public var lastReload: LastReload
    public var sessions: Sessions
    public var names: [NameState]
    public var routes: [RouteReport]
    public var backends: [BackendReport]
    public var listeners: [ListenerReport]

    /// The last reading of the files: at the start, or at a reload.
    public struct LastReload: Hashable, Sendable, Codable {
        /// RFC 3339, in UTC.
        public var time: String
        /// Whether what was read is in force.
        public var ok: Bool
        /// Why valid files were not put in force.
        @NullWhenAbsent public var failure: ReloadOutcome.Failure?
        /// What was found in the files.
        public var diagnostics: [DiagnosticReport]

        init(_ outcome: ReloadOutcome) {
            self.time = outcome.time
            self.ok = outcome.reloaded
            self.failure = outcome.failure
            self.diagnostics = outcome.check.diagnostics
        }
    }

    /// The numbers of sessions.
    public struct Sessions: Hashable, Sendable, Codable {
        /// Those that have a route now.
        public var current: Int
        /// Those that had one since the start.
        public var total: Int
        /// Connections that have not sent a complete request.
        public var pending: Int
    }

    /// How many names are in a state.
    public struct NameState: Hashable, Sendable, Codable {
        /// claiming, owned, conflict, standby or releasing.
        public var state: String
        public var count: Int
    }

    /// One route in force.
    public struct RouteReport: Hashable, Sendable, Codable {
        public var name: String
        /// Empty for the empty scope.
        public var scope: String
        public var aliases: [String]
        /// In the order of the file.
        public var backends: [String]
        /// Sessions that it has now.
        public var sessions: Int
        /// Sessions of it that are over.
        public var ended: Int
        /// Bytes from clients since the start.
        public var bytesIn: Int
        /// Bytes from backends since the start.
        public var bytesOut: Int

        private enum CodingKeys: String, CodingKey {
            case name, scope, aliases, backends, sessions, ended
            case bytesIn = "bytes_in"
            case bytesOut = "bytes_out"
        }
    }

    /// One backend of a route in force.
    public struct BackendReport: Hashable, Sendable, Codable {
        public var address: String
        /// up, down or draining.
        public var state: String
        public var sessions: Int
        /// Milliseconds that the last connection took to be made.
        @NullWhenAbsent public var connectMilliseconds: Double?
        @NullWhenAbsent public var lastError: LastError?

        /// Why it was not reached the last time that it was not.
        public struct LastError: Hashable, Sendable, Codable {
            public var reason: String
            /// RFC 3339, in UTC.
            public var time: String
        }

        private enum CodingKeys: String, CodingKey {
            case address, state, sessions
            case connectMilliseconds = "connect_ms"
            case lastError = "last_error"
        }
    }

    /// A socket that clients come to.
    public struct ListenerReport: Hashable, Sendable, Codable {
        /// TCP or UDP.
        public var `protocol`: String
        public var address: String
    }

    private enum CodingKeys: String, CodingKey {
        case version, commit, generation, sessions, names, routes, backends, listeners
        case uptimeSeconds = "uptime_s"
        case lastReload = "last_reload"
    }

    /// The version and the commit, for people.
    public var build: String { "\(RouterVersion(self.version, commit: self.commit))" }
}

extension StatusReport {
    /// The words of a snapshot; `nil` before the router has started.
    init?(_ router: RouterSnapshot, version: RouterVersion) {
        guard let lastReload = router.lastReload else { return nil }
        let counters = router.counters
        self.version = version.number
        self.commit = version.commit
        self.uptimeSeconds = router.uptime.components.seconds
        self.generation = router.generation
        self.lastReload = LastReload(lastReload)
        self.sessions = Sessions(current: router.sessions, total: counters.admitted, pending: router.pending)
        let states = Dictionary(grouping: router.names.names, by: \.state).mapValues(\.count)
        self.names = NameSnapshot.State.allCases.map { NameState(state: $0.rawValue, count: states[$0] ?? 0) }
        self.routes = router.routes.map { RouteReport($0, counters.routes[$0.route.id]) }
        self.backends = router.backends.map { BackendReport($0, counters.connectTimes[$0.backend]) }
        self.listeners = router.listeners.map { ListenerReport(protocol: $0.service.rawValue, address: $0.address) }
    }
}

extension StatusReport.RouteReport {
    fileprivate init(_ route: RouterSnapshot.OfRoute, _ counts: CounterSnapshot.OfRoute?) {
        self.name = route.route.name.text
        self.scope = route.route.scope.description
        self.aliases = route.route.aliases.map(\.text)
        self.backends = route.backends.map(\.description)
        self.sessions = route.sessions
        self.ended = counts?.ends.values.reduce(0, +) ?? 0
        self.bytesIn = counts?.bytesIn ?? 0
        self.bytesOut = counts?.bytesOut ?? 0
    }
}

extension StatusReport.BackendReport {
    init(_ backend: BackendStatus, _ connectTimes: ConnectTimes?) {
        self.address = "\(backend.backend)"
        self.state = backend.state.rawValue
        self.sessions = backend.sessions
        self.connectMilliseconds = connectTimes?.last
        self.lastError = backend.lastError.map { LastError(reason: $0.reason, time: "\($0.time)") }
    }
}
