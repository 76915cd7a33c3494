import Sockets
public import RouteConfig

/// The router at one moment: what `nbrouter status`, the metrics and the status page show.
public struct RouterSnapshot: Sendable {
    /// Since the router was made.
    public var uptime: Duration
    /// Counts the configurations that were in force since the start; the first is 1.
    public var generation: Int
    /// The outcome of the start or of the last reload; `nil` before the start.
    public var lastReload: ReloadOutcome?
    /// The time when the configuration in force was put in force.
    public var lastSuccess: Timestamp
    /// What is listened on, TCP first.
    public var listeners: [Listener]
    /// The routes in force, in the order of the file.
    public var routes: [OfRoute]
    /// Sessions of routes that a reload took away, which go on.
    public var formerSessions: [Route.ID: Int]
    /// The backends of these routes, each once.
    public var backends: [BackendStatus]
    /// Sessions that have a route.
    public var sessions: Int
    /// Connections that have not sent a complete request.
    public var pending: Int
    public var names: NameServiceSnapshot
    public var counters: CounterSnapshot

    /// A socket that clients come to.
    public struct Listener: Hashable, Sendable {
        public var service: BindError.Service
        /// `192.0.2.1:139`.
        public var address: String
    }

    /// A route and how many sessions it has.
    public struct OfRoute: Hashable, Sendable {
        public var route: Route
        /// Its backends, each once: also those of a route with the same name and scope and other suffixes.
        public var backends: [Backend]
        public var sessions: Int
    }
}

extension RouterSnapshot.OfRoute {
    /// The routes of a configuration. Those with one name and scope and different suffixes have one identity, and are one.
    fileprivate static func all(in configuration: RouterConfiguration, sessionCounts: [Route.ID: Int]) -> [Self] {
        var places: [Route.ID: Int] = [:], routes: [Self] = []
        for route in configuration.routes {
            if let place = places[route.id] {
                routes[place].backends += route.backends.filter { !routes[place].backends.contains($0) }
            } else {
                places[route.id] = routes.count
                routes.append(Self(route: route, backends: route.backends, sessions: sessionCounts[route.id] ?? 0))
            }
        }
        return routes
    }
}

extension RouterService {
    /// The router as it is now.
    public func snapshot() async -> RouterSnapshot {
        let names = await self.nameSnapshot()
        let addresses = await self.lifecycle.serving?.listeners.addresses ?? []
        let configuration = self.configuration
        let sessionCounts = self.registry.sessionCounts
        let routes = RouterSnapshot.OfRoute.all(in: configuration, sessionCounts: sessionCounts)
        let inForce = Set(routes.map(\.route.id))
        let (sessions, pending) = self.registry.counts
        return RouterSnapshot(
            uptime: ContinuousClock.now - self.started,
            generation: self.generation,
            lastReload: self.lastReload,
            lastSuccess: self.lastSuccess,
            listeners: addresses.map { RouterSnapshot.Listener(service: .session, address: $0) }
                + configuration.listen.addresses.map {
                    RouterSnapshot.Listener(service: .name, address: "\($0):\(configuration.listen.namePort)")
                },
            routes: routes,
            formerSessions: sessionCounts.filter { !inForce.contains($0.key) },
            backends: self.backends,
            sessions: sessions,
            pending: pending,
            names: names,
            counters: self.counters.snapshot
        )
    }

    /// The generation of the configuration in force; the first is 1.
    var generation: Int { self.routes.versioned.generation }

    /// Sessions that have a route.
    public var sessionCount: Int { self.registry.sessionCount }

    /// The sessions as they are now, the oldest first.
    public func sessions() async -> [SessionSnapshot] {
        await SessionSnapshot.all(of: self.registry)
    }

    /// The outcome of ``close(_:)``.
    public enum CloseOutcome: Hashable, Sendable {
        case closed
        case noSuchSession
        /// The session has not ended in time: its event loop does not answer.
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
