import Logging
import NetBIOS
import NIOCore
import RouteConfig

/// What every session needs of the router, and where it says what became of it.
///
/// One for all of them: a copy in each would be a hundred bytes and a dozen references.
final class SessionEnvironment: Sendable {
    let routes: LiveRoutes
    let ledger: SessionLedger
    let backendPool: BackendPool
    let counters: RouterCounters
    let logger: Logger
    /// Refusals at a limit are told of once in ten seconds and limit, failures of a backend and drained routes likewise.
    private let limits = LogLimiter<SessionLedger.Limit>(interval: .seconds(10))
    private let failures = LogLimiter<Backend>(interval: .seconds(10))
    private let recoveries = LogLimiter<Backend>(interval: .seconds(10))
    private let drained = LogLimiter<Route.ID>(interval: .seconds(10))
    private let refusedSMB1 = LogLimiter<Route.ID>(interval: .hours(1))
    /// Of connections that never made a valid call, twenty are told of in ten seconds.
    private let strangers = LogLimiter<Bool>(interval: .seconds(10), burst: 20)

    init(
        routes: LiveRoutes,
        ledger: SessionLedger,
        backendPool: BackendPool,
        counters: RouterCounters,
        logger: Logger
    ) {
        self.routes = routes
        self.ledger = ledger
        self.backendPool = backendPool
        self.counters = counters
        self.logger = logger
    }

    /// Enters a connection that was just accepted.
    ///
    /// - Returns: The record of the session, whose end ``ended(_:on:)`` is to hear of.
    func open(_ socket: SocketID, from client: ClientAddress, on loop: SocketLoop) -> SessionRecord {
        let limits = self.routes.current.configuration.sessions
        let place = SessionPlace(handle: loop.handle, socket: socket)
        let (id, displaced) = self.ledger.open(from: client.address, limits: limits, at: place) { end in
            place.end(with: end)
        }
        if let displaced { self.tell(of: .pending, LogFacts([.client: displaced])) }
        return SessionRecord(id: id, client: client, accepted: loop.now)
    }

    /// Whether the client may call at all, whatever the route.
    ///
    /// - Returns: `nil`, or the code that the call is refused with.
    func admit(_ record: SessionRecord, limits: SessionSettings) -> SessionRefusal? {
        limits.access.admits(record.client.address) ? nil : .notListeningForCallingName
    }

    /// Whether the client may have a session of `route` now.
    ///
    /// - Returns: `nil`, or the code that the call is refused with.
    func admit(_ record: SessionRecord, to route: Route, limits: SessionSettings) -> SessionRefusal? {
        guard route.access.admits(record.client.address) else { return .notListeningForCallingName }
        do throws(LimitReached) {
            try self.ledger.admit(record.id, to: route, limits: limits)
            self.counters.admitted()
            return nil
        } catch {
            self.tell(
                of: error.limit,
                LogFacts([.id: record.id, .client: record.client, .route: route.name.text])
            )
            return .insufficientResources
        }
    }

    /// The backends of a route in the order in which a new session tries them.
    func backends(of route: Route) -> [Backend] {
        self.backendPool.backends(of: route, now: .now(), sessionCount: self.ledger.sessionCount)
    }

    /// A backend took the session.
    func connected(_ record: SessionRecord, to connection: BackendDialer.Connection) {
        self.ledger.connected(record.id, to: connection.backend)
        self.counters.connected(to: connection.backend, after: connection.time)
        if self.backendPool.reached(connection.backend) == .cameUp,
            case .log(let suppressed) = self.recoveries.admit(connection.backend)
        {
            self.logger.notice(
                "backend up",
                metadata: Logger.Metadata([
                    .backend: connection.backend, .suppressed: suppressed > 0 ? suppressed : nil,
                ])
            )
        }
        self.logger.debug(
            "session connected",
            metadata: Logger.Metadata([
                .id: record.id, .client: record.client, .route: record.route?.name.text,
                .backend: connection.backend, .attempts: connection.attempts,
            ])
        )
    }

    /// Where the bytes of a session are counted.
    func traffic(of record: SessionRecord) -> RouteTraffic {
        record.route.map { self.counters.traffic(of: $0.id) } ?? RouteTraffic()
    }

    /// A backend did not take the session.
    func failed(_ failure: BackendDialer.Failure, of record: SessionRecord) {
        if !failure.isLocal {
            let error = BackendStatus.LastError(reason: failure.reason, time: .now())
            _ = self.backendPool.failed(failure.backend, error, now: .now())
        }
        guard case .log(let suppressed) = self.failures.admit(failure.backend) else { return }
        self.logger.warning(
            "backend not reached",
            metadata: Logger.Metadata([
                .id: record.id, .route: record.route?.name.text, .backend: failure.backend,
                .suppressed: suppressed > 0 ? suppressed : nil, .reason: failure.reason,
            ])
        )
    }

    /// The operator drains every backend of the session's route.
    func foundNoBackend(for record: SessionRecord) {
        guard let route = record.route, case .log(let suppressed) = self.drained.admit(route.id) else { return }
        self.logger.warning(
            "all backends of the route are draining",
            metadata: Logger.Metadata([
                .id: record.id, .route: route.name.text, .suppressed: suppressed > 0 ? suppressed : nil,
            ])
        )
    }

    /// The session is over: one line in the log, and the ledger forgets it.
    func ended(_ record: SessionRecord, on loop: SocketLoop) {
        loop.handle.count(-1)
        if self.ledger.close(record.id) { FreedMemory.giveBack() }
        self.counters.ended(record)
        var suppressed = 0
        if record.request == nil {
            guard record.isWorthALine, case .log(let others) = self.strangers.admit(true) else {
                return self.logger.debug("session ended", metadata: Logger.Metadata(record.facts))
            }
            suppressed = others
        }
        var facts = record.facts
        facts.append(.suppressed, suppressed > 0 ? "\(suppressed)" : nil)
        self.logger.info("session ended", metadata: Logger.Metadata(facts))
        if record.isSMB1Refused { self.tellOfRefusedSMB1(record) }
    }

    /// A client too old for the backend: told of once an hour and route, since it will come again and again.
    private func tellOfRefusedSMB1(_ record: SessionRecord) {
        guard let route = record.route, let backend = record.backend,
            case .log(let suppressed) = self.refusedSMB1.admit(route.id)
        else { return }
        self.logger.warning(
            "the client speaks SMB1 only and the backend did not take it",
            metadata: Logger.Metadata([
                .id: record.id, .client: record.client, .route: route.name.text, .backend: backend,
                .suppressed: suppressed > 0 ? suppressed : nil,
                .remedy: """
                let \(backend.host) accept SMB1 (Samba: `server min protocol = NT1`; Windows: the feature SMB 1.0/CIFS \
                File Sharing Support), or route \(route.name.text) to a server that does; see nbrouter(8), Backends
                """,
            ])
        )
    }

    /// A limit stood against a connection or a session.
    private func tell(of limit: SessionLedger.Limit, _ facts: LogFacts) {
        self.counters.limitReached(limit)
        guard case .log(let suppressed) = self.limits.admit(limit) else { return }
        var facts = facts
        facts.append(.setting, limit.setting)
        facts.append(.suppressed, suppressed > 0 ? "\(suppressed)" : nil)
        self.logger.notice("limit reached", metadata: Logger.Metadata(facts))
    }
}

extension SessionLedger.Limit {
    /// The key of routes.yaml that holds the limit.
    public var setting: String {
        switch self {
        case .pending: "sessions.max_pending"
        case .sessions: "sessions.max_sessions"
        case .sessionsOfClient: "sessions.max_sessions_per_client"
        case .sessionsOfRoute: "routes.max_sessions"
        }
    }
}
