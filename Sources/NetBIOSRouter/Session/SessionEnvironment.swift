import Logging
import NetBIOS
import RouteConfig
import Sockets

/// The router's parts that all sessions share: decides on calls, and reports events of sessions to counters and log.
final class SessionEnvironment: Sendable {
    let routes: LiveRoutes
    let registry: SessionRegistry
    let backendPool: BackendPool
    let resolver: HostResolver
    let counters: RouterCounters
    let memory: FreedMemory
    let logger: Logger
    private let limiters = Limiters()

    /// Rate limiters of the log lines that untrusted clients can cause.
    private struct Limiters: Sendable {
        let limits = LogLimiter<SessionLimit>(interval: .seconds(10))
        let failures = LogLimiter<Backend>(interval: .seconds(10))
        let recoveries = LogLimiter<Backend>(interval: .seconds(10))
        let drained = LogLimiter<Route.ID>(interval: .seconds(10))
        let refusedSMB1 = LogLimiter<Route.ID>(interval: .hours(1))
        /// Connections that never made a valid call.
        let strangers = LogLimiter<Bool>(interval: .seconds(10), burst: 100)
        /// Calls that reached no backend. A client that calls a wrong name every second stays below.
        let calls = LogLimiter<Bool>(interval: .seconds(10), burst: 500, sourceBurst: 50, totalBurst: 500)
    }

    init(
        routes: LiveRoutes,
        registry: SessionRegistry,
        backendPool: BackendPool,
        resolver: HostResolver,
        counters: RouterCounters,
        memory: FreedMemory,
        logger: Logger
    ) {
        self.routes = routes
        self.registry = registry
        self.backendPool = backendPool
        self.resolver = resolver
        self.counters = counters
        self.memory = memory
        self.logger = logger
    }

    // MARK: - Decisions

    /// Registers an accepted connection.
    func open(from client: ClientAddress, on loop: SessionLoop, accepted: MonotonicTime) -> SessionRecord {
        let limits = self.routes.current.configuration.sessions
        let (id, displaced) = self.registry.open(from: client.address, on: loop, limits: limits)
        if let displaced { self.limitReached(.pending, by: displaced, LogFacts([.client: displaced])) }
        return SessionRecord(id: id, client: client, accepted: accepted)
    }

    /// The decision on a call.
    enum Decision {
        case route(Route, SessionSettings)
        /// Refused; the route where one was found.
        case refuse(SessionRefusal, Route?)
    }

    /// Chooses the route of a call and admits the session to it.
    ///
    /// - Parameters:
    ///   - record: The session.
    ///   - request: Its request.
    ///   - local: The router's address that the client called at.
    /// - Returns: The route that the session was admitted to, or the refusal.
    func decide(_ record: SessionRecord, _ request: SessionRequest, calledAt local: () -> IPv4Address) -> Decision {
        while true {
            let (table, generation) = self.routes.versioned
            let limits = table.configuration.sessions
            // Before the route is chosen, so that clients without access do not learn which names exist.
            guard limits.access.admits(record.client.address) else { return .refuse(.notListeningForCallingName, nil) }
            switch table.select(request.called, arrivedOn: local()) {
            case .refuse(let refusal, _):
                return .refuse(refusal, nil)
            case .route(let route, _):
                guard route.access.admits(record.client.address) else {
                    return .refuse(.notListeningForCallingName, route)
                }
                switch self.registry.admit(record.id, to: route, generation: generation, limits: limits) {
                case .admitted:
                    self.counters.admitted()
                    return .route(route, limits)
                case .limitReached(let limit):
                    let facts = LogFacts([.id: record.id, .client: record.client, .route: route.name.text])
                    self.limitReached(limit, by: record.client.address, facts)
                    return .refuse(.insufficientResources, route)
                case .stale:
                    continue
                }
            }
        }
    }

    /// Returns the backends of a route in the order to try them.
    func backends(of route: Route) -> [Backend] {
        self.backendPool.backends(of: route, now: .now(), sessionCount: self.registry.sessionCount)
    }

    // MARK: - Reports

    /// Records that a backend accepted the session.
    ///
    /// - Parameters:
    ///   - record: The session.
    ///   - duration: The time to connect, including the lookup of the backend's name.
    /// - Returns: The counter of the session's bytes.
    func connected(_ record: SessionRecord, after duration: Duration) -> RouteTraffic? {
        guard let backend = record.backend else { return nil }
        self.registry.connected(record.id, to: backend)
        self.counters.connected(to: backend, after: duration)
        if self.backendPool.reached(backend) == .cameUp,
            case .log(let suppressed) = self.limiters.recoveries.admit(backend, from: record.client.address)
        {
            self.logger.notice(
                "backend up",
                metadata: Logger.Metadata([.backend: backend, .suppressed: suppressed > 0 ? suppressed : nil])
            )
        }
        self.logger.debug(
            "session connected",
            metadata: Logger.Metadata([
                .id: record.id, .client: record.client, .route: record.route?.name.text,
                .backend: backend, .attempts: record.attempts,
            ])
        )
        return record.route.map { self.counters.traffic(of: $0.id) }
    }

    /// Records that a backend could not be reached.
    func failed(_ failure: BackendDialer.Failure) {
        guard !failure.isLocal else { return }
        let error = BackendStatus.LastError(reason: failure.reason, time: .now())
        _ = self.backendPool.failed(failure.backend, error, now: .now())
    }

    /// The number of reasons in the log line of one call; the others are counted.
    private static let namedReasons = 3

    /// Logs the backends that a session could not reach, in one line.
    func notReached(_ failures: [BackendDialer.Failure], by record: SessionRecord) {
        guard let failure = failures.first,
            case .log(let suppressed) = self.limiters.failures.admit(failure.backend, from: record.client.address)
        else { return }
        let others = failures.dropFirst()
        let reasons =
            [failure.reason] + others.prefix(Self.namedReasons - 1).map { "\($0.backend): \($0.reason)" }
            + (failures.count > Self.namedReasons ? ["\(failures.count - Self.namedReasons) more"] : [])
        self.logger.warning(
            "cannot connect to backend",
            metadata: Logger.Metadata([
                .id: record.id, .route: record.route?.name.text, .backend: failure.backend,
                .suppressed: suppressed > 0 ? suppressed : nil, .reason: reasons.joined(separator: "; "),
            ])
        )
    }

    /// Logs that every backend of the session's route is draining.
    func foundNoBackend(for record: SessionRecord) {
        guard let route = record.route,
            case .log(let suppressed) = self.limiters.drained.admit(route.id, from: record.client.address)
        else { return }
        self.logger.warning(
            "all backends of the route are draining",
            metadata: Logger.Metadata([
                .id: record.id, .route: route.name.text, .suppressed: suppressed > 0 ? suppressed : nil,
            ])
        )
    }

    /// Ends the session: counts it, logs it and removes it from the registry.
    func ended(_ record: SessionRecord, on loop: EventLoop) {
        loop.handle.addLoad(-1)
        self.counters.ended(record)
        self.logEnd(of: record)
        // Last, since a stop that waits for the session ends the process.
        if self.registry.remove(record.id) { self.memory.release() }
    }

    private func logEnd(of record: SessionRecord) {
        guard let suppressed = self.suppressedBefore(endOf: record) else {
            return self.logger.debug("session ended", metadata: Logger.Metadata(record.facts))
        }
        var facts = record.facts
        facts.append(.suppressed, suppressed > 0 ? "\(suppressed)" : nil)
        self.logger.info("session ended", metadata: Logger.Metadata(facts))
        if record.isSMB1Refused { self.warnOfRefusedSMB1(record) }
    }

    /// Returns the number of ends like this one that were not logged before it; `nil` where it is not logged either.
    ///
    /// A session that reached a backend always is.
    private func suppressedBefore(endOf record: SessionRecord) -> Int? {
        guard record.connected == nil else { return 0 }
        guard record.isWorthALine else { return nil }
        let limiter = record.request == nil ? self.limiters.strangers : self.limiters.calls
        switch limiter.admit(true, from: record.client.address) {
        case .log(let suppressed): return suppressed
        case .suppress: return nil
        }
    }

    private func warnOfRefusedSMB1(_ record: SessionRecord) {
        guard let route = record.route, let backend = record.backend,
            case .log(let suppressed) = self.limiters.refusedSMB1.admit(route.id, from: record.client.address)
        else { return }
        self.logger.warning(
            "backend refused a client that speaks SMB1 only",
            metadata: Logger.Metadata([
                .id: record.id, .client: record.client, .route: route.name.text, .backend: backend,
                .suppressed: suppressed > 0 ? suppressed : nil,
                .remedy: """
                let \(backend.host) accept SMB1 (Samba: `server min protocol = NT1`; Windows: the feature SMB 1.0/CIFS \
                File Sharing Support), or route \(route.name.text) to a server that does; see nbrouter-guide(7), BACKENDS
                """,
            ])
        )
    }

    private func limitReached(_ limit: SessionLimit, by client: IPv4Address, _ facts: LogFacts) {
        self.counters.limitReached(limit)
        guard case .log(let suppressed) = self.limiters.limits.admit(limit, from: client) else { return }
        var facts = facts
        facts.append(.setting, limit.setting)
        facts.append(.suppressed, suppressed > 0 ? "\(suppressed)" : nil)
        self.logger.notice("limit reached", metadata: Logger.Metadata(facts))
    }
}
