import Logging
import NetBIOS
import NIOCore
import RouteConfig

/// What every session needs of the router, and where it says what became of it.
struct SessionEnvironment: Sendable {
    let routes: LiveRoutes
    let ledger: SessionLedger
    let backendOrder: BackendOrder
    let logger: Logger

    /// Enters a connection that was just accepted.
    ///
    /// - Returns: The record of the session.
    /// - Throws: ``LimitReached``; the channel is to be closed.
    func open(_ channel: any Channel) throws -> SessionRecord {
        guard let client = channel.remoteAddress, let address = client.ipv4 else {
            throw ChannelError.unknownLocalAddress
        }
        let limits = self.routes.current.configuration.sessions
        do throws(LimitReached) {
            let id = try self.ledger.open(from: address, limits: limits) { end in
                channel.pipeline.fireUserInboundEventTriggered(end)
            }
            return SessionRecord(id: id, client: client)
        } catch {
            self.logger.debug(
                "connection closed: limit reached",
                metadata: Logger.Metadata([.client: client.logText, .setting: error.limit.setting])
            )
            throw error
        }
    }

    /// Whether the client may have a session of `route` now.
    ///
    /// - Returns: `nil`, or the code that the call is refused with.
    func admit(_ record: SessionRecord, to route: Route, limits: SessionSettings) -> SessionRefusal? {
        guard record.client.ipv4.map(route.admits) ?? false else { return .notListeningForCallingName }
        do throws(LimitReached) {
            try self.ledger.admit(record.id, to: route, limits: limits)
            return nil
        } catch {
            self.logger.notice(
                "session refused: limit reached",
                metadata: Logger.Metadata([
                    .id: record.id, .client: record.client.logText, .route: route.name.text,
                    .setting: error.limit.setting,
                ])
            )
            return .insufficientResources
        }
    }

    /// The backends of a route in the order in which a new session tries them.
    func backends(of route: Route) -> [Backend] {
        self.backendOrder.backends(of: route, now: .now(), sessionCount: self.ledger.sessionCount)
    }

    /// A backend took the session.
    func connected(_ record: SessionRecord, to connection: BackendDialer.Connection) {
        self.ledger.connected(record.id, to: connection.backend)
        self.backendOrder.reached(connection.backend)
        for failure in connection.failures { self.failed(failure, of: record) }
        self.logger.debug(
            "session connected",
            metadata: Logger.Metadata([
                .id: record.id, .client: record.client.logText, .route: record.route?.name.text,
                .backend: connection.backend, .attempts: connection.attempts,
            ])
        )
    }

    /// No backend took the session.
    func dialFailed(_ record: SessionRecord, error: any Error) {
        guard let error = error as? BackendDialer.AllFailed else { return }
        for failure in error.failures { self.failed(failure, of: record) }
    }

    /// The session is over: one line in the log, and the ledger forgets it.
    func ended(_ record: SessionRecord) {
        self.ledger.close(record.id)
        self.logger.log(
            level: record.isWorthALine ? .info : .debug,
            "session ended",
            metadata: record.metadata
        )
    }

    private func failed(_ failure: BackendDialer.Failure, of record: SessionRecord) {
        self.backendOrder.failed(failure.backend, now: .now())
        self.logger.warning(
            "backend not reached",
            metadata: Logger.Metadata([
                .id: record.id, .route: record.route?.name.text, .backend: failure.backend,
                .reason: failure.reason,
            ])
        )
    }
}

extension SessionLedger.Limit {
    /// The key of routes.yaml that holds the limit.
    var setting: String {
        switch self {
        case .pending: "sessions.max_pending"
        case .sessions: "sessions.max_sessions"
        case .sessionsOfClient: "sessions.max_sessions_per_client"
        case .sessionsOfRoute: "routes.max_sessions"
        }
    }
}
