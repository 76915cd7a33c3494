public import NetBIOS
public import RouteConfig
import Sockets

/// A snapshot of the router, as in `nbrouter status --json`, with further counters for metrics and the status page.
public struct RouterSnapshot: Sendable, Codable {
    /// Seconds since the router was created.
    public var uptimeSeconds: Int64
    /// The generation of the configuration in force; the first is 1.
    public var generation: Int
    /// The start or the last reload; `nil` before the start.
    public var lastReload: LastReload?
    public var sessions: Sessions
    /// The number of names in each state.
    public var names: [NameCount]
    /// The routes in force, in the order of the file.
    public var routes: [RouteStatus]
    /// The distinct backends of these routes.
    public var backends: [BackendStatus]
    /// The sockets that clients use, TCP first.
    public var listeners: [Listener]

    // Not in JSON:

    /// The time since the router was created.
    public var uptime = Duration.zero
    /// The time when the configuration was put in force.
    public var lastSuccess = Timestamp(milliseconds: 0)
    /// The identities of ``routes``.
    public var routeIDs: [Route.ID] = []
    /// Sessions of removed routes.
    public var formerSessions: [Route.ID: Int] = [:]
    public var nameService = NameServiceSnapshot()
    public var counters = CounterSnapshot()

    private enum CodingKeys: String, CodingKey {
        case generation, sessions, names, routes, backends, listeners
        case uptimeSeconds = "uptime_s"
        case lastReload = "last_reload"
    }

    /// A summary of the start or the last reload.
    public struct LastReload: Hashable, Sendable, Codable {
        /// RFC 3339, in UTC.
        public var time: String
        /// Whether the configuration was put in force.
        public var ok: Bool
        /// The reason why a valid configuration was not put in force.
        @NullWhenAbsent public var failure: ReloadOutcome.Failure?
        /// The diagnostics of the files.
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
        /// Sessions with a route.
        public var current: Int
        /// Sessions that got a route since the start.
        public var total: Int
        /// Connections without a complete request.
        public var pending: Int
    }

    /// The number of names in a state.
    public struct NameCount: Hashable, Sendable, Codable {
        public var state: NameSnapshot.State
        public var count: Int
    }

    /// A socket that clients use.
    public struct Listener: Hashable, Sendable, Codable {
        public var service: BindError.Service
        /// `192.0.2.1:139`.
        public var address: String

        private enum CodingKeys: String, CodingKey {
            case service = "protocol"
            case address
        }
    }
}

extension RouterSnapshot {
    /// The parts that a snapshot is made of.
    struct Source: Sendable {
        let configuration: RouterConfiguration
        let generation: Int
        let lastReload: ReloadOutcome?
        let lastSuccess: Timestamp
        let uptime: Duration
        let sessionListeners: [String]
        let nameService: NameServiceState?
        let counters: RouterCounters
        let registry: SessionRegistry
        let backendPool: BackendPool
    }

    /// Takes time for each route, name and backend.
    init(_ source: Source) {
        let configuration = source.configuration, counters = source.counters.snapshot
        let nameService = source.nameService?.snapshot ?? NameServiceSnapshot()
        let sessionCounts = source.registry.sessionCounts
        let routes = RouteStatus.all(in: configuration, sessionCounts: sessionCounts, counters)
        let inForce = Set(routes.map(\.id))
        let states = nameService.names.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
        let (sessions, pending) = source.registry.counts
        self.init(
            uptimeSeconds: source.uptime.components.seconds,
            generation: source.generation,
            lastReload: source.lastReload.map { LastReload($0) },
            sessions: Sessions(current: sessions, total: counters.admitted, pending: pending),
            names: NameSnapshot.State.allCases.map { NameCount(state: $0, count: states[$0] ?? 0) },
            routes: routes.map(\.status),
            backends: source.backendPool.statuses(of: configuration, source.registry).map { backend in
                var backend = backend
                backend.connectMilliseconds = counters.connectTimes[backend.backend]?.last
                return backend
            },
            listeners: source.sessionListeners.map { Listener(service: .session, address: $0) }
                + configuration.listen.addresses.map {
                    Listener(service: .name, address: "\($0):\(configuration.listen.namePort)")
                },
            uptime: source.uptime,
            lastSuccess: source.lastSuccess,
            routeIDs: routes.map(\.id),
            formerSessions: sessionCounts.filter { !inForce.contains($0.key) },
            nameService: nameService,
            counters: counters
        )
    }
}

/// One route at one moment: those with one name and scope and different suffixes have one identity, and are one.
public struct RouteStatus: Hashable, Sendable, Codable {
    public var name: String
    /// Empty for the empty scope.
    public var scope: String
    public var aliases: [String]
    /// The distinct backends, in file order.
    public var backends: [Backend]
    /// Current sessions.
    public var sessions: Int
    /// Ended sessions.
    public var ended: Int
    /// Bytes from clients since the start.
    public var bytesIn: Int
    /// Bytes from backends since the start.
    public var bytesOut: Int

    private init(_ route: Route, sessions: Int, _ counts: CounterSnapshot.OfRoute?) {
        self.name = route.name.text
        self.scope = route.scope.description
        self.aliases = route.aliases.map(\.text)
        self.backends = route.backends
        self.sessions = sessions
        self.ended = counts?.ends.values.reduce(0, +) ?? 0
        self.bytesIn = counts?.bytesIn ?? 0
        self.bytesOut = counts?.bytesOut ?? 0
    }

    /// Returns the routes of a configuration with their identities.
    fileprivate static func all(
        in configuration: RouterConfiguration,
        sessionCounts: [Route.ID: Int],
        _ counters: CounterSnapshot
    ) -> [(id: Route.ID, status: RouteStatus)] {
        var places: [Route.ID: Int] = [:], routes: [(id: Route.ID, status: RouteStatus)] = []
        for route in configuration.routes {
            if let place = places[route.id] {
                let present = routes[place].status.backends
                routes[place].status.backends += route.backends.filter { !present.contains($0) }
            } else {
                places[route.id] = routes.count
                let status = RouteStatus(route, sessions: sessionCounts[route.id] ?? 0, counters.routes[route.id])
                routes.append((route.id, status))
            }
        }
        return routes
    }

    private enum CodingKeys: String, CodingKey {
        case name, scope, aliases, backends, sessions, ended
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
    }
}

extension RouterService {
    /// The router as it is now, put together on the thread for that.
    public func snapshot() async -> RouterSnapshot {
        let source = RouterSnapshot.Source(
            configuration: self.configuration,
            generation: self.generation,
            lastReload: self.lastReload,
            lastSuccess: self.lastSuccess,
            uptime: ContinuousClock.now - self.started,
            sessionListeners: await self.lifecycle.serving?.listeners.addresses ?? [],
            nameService: await self.lifecycle.names?.state(),
            counters: self.counters,
            registry: self.registry,
            backendPool: self.backendPool
        )
        return await self.render { RouterSnapshot(source) }
    }

    /// Runs `body`, which may take long, on the thread that renders.
    public nonisolated func render<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await self.loops.rendering.run(body)
    }

    /// The generation of the configuration in force; the first is 1.
    var generation: Int { self.routes.versioned.generation }

    /// The bytes of each route since the start, both ways. Takes time for each.
    public nonisolated var traffic: [Route.ID: Int] { self.counters.bytes }

    /// Sessions with a route.
    public var sessionCount: Int { self.registry.sessionCount }

    /// Returns snapshots of the sessions, oldest first.
    public func sessions() async -> [SessionSnapshot] {
        await SessionSnapshot.all(of: self.registry)
    }

    /// The outcome of ``close(_:)``.
    public enum CloseOutcome: Hashable, Sendable {
        case closed
        case noSuchSession
        /// The session did not end in time: its event loop is not responding.
        case notEnded
    }

    /// Ends one session for the operator.
    public func close(_ id: SessionID) async -> CloseOutcome {
        guard self.registry.close(.these([id]), with: .closed) > 0 else { return .noSuchSession }
        return await self.registry.waitUntilEnded([id], for: Self.closeLimit) ? .closed : .notEnded
    }

    /// The time that a session has to end.
    private static let closeLimit = Duration.seconds(5)
}
