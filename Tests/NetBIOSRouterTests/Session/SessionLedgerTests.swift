import NetBIOS
import RouteConfig
import Synchronization
import Testing

@testable import NetBIOSRouter

@Suite("Who is connected, and the limits")
struct SessionLedgerTests {
    private let ledger = SessionLedger()
    private let client = IPv4Address(192, 0, 2, 7)

    private func route(_ name: String, limit: Int? = nil) throws -> Route {
        var route = Route(name: try NetBIOSName(name), backends: [Backend(host: "b")])
        route.maxSessions = limit
        return route
    }

    private func settings(_ change: (inout SessionSettings) -> Void) -> SessionSettings {
        var settings = SessionSettings()
        change(&settings)
        return settings
    }

    /// Enters a session and gives it a route.
    @discardableResult
    private func session(
        _ route: Route,
        from client: IPv4Address? = nil,
        limits: SessionSettings = SessionSettings()
    ) throws -> SessionID {
        let id = self.ledger.open(from: client ?? self.client, limits: limits) { _ in }.id
        try self.ledger.admit(id, to: route, limits: limits)
        return id
    }

    @Test("connections without a request are counted apart from sessions, and the oldest gives way to one too many")
    func pending() throws {
        let limits = self.settings {
            $0.maxPending = 2; $0.maxSessions = 2
        }
        let route = try self.route("A")
        let displaced = Mutex<[Int]>([])
        let open: (Int) -> (id: SessionID, displaced: IPv4Address?) = { number in
            self.ledger.open(from: self.client, limits: limits) { _ in displaced.withLock { $0.append(number) } }
        }
        let first = open(1), second = open(2)
        try self.ledger.admit(first.id, to: route, limits: limits)
        #expect(self.ledger.sessionCount == 1)
        let third = open(3)
        #expect(third.displaced == nil)
        #expect(open(4).displaced == self.client)
        #expect(displaced.withLock { $0 } == [2])
        #expect(throws: LimitReached(limit: .pending)) {
            try self.ledger.admit(second.id, to: route, limits: limits)
        }
        self.ledger.close(second.id)
        try self.ledger.admit(third.id, to: route, limits: limits)
        #expect(self.ledger.sessionCount == 2)
        #expect(self.ledger.count == 3)
    }

    @Test("connections that come and go leave nothing behind", arguments: [true, false])
    func churn(becomesSession: Bool) throws {
        let limits = SessionSettings(), route = try self.route("A")
        let held = self.ledger.open(from: self.client, limits: limits) { _ in }
        for _ in 0..<10_000 {
            let id = self.ledger.open(from: self.client, limits: limits) { _ in }.id
            if becomesSession { try self.ledger.admit(id, to: route, limits: limits) }
            self.ledger.close(id)
        }
        #expect(self.ledger.count == 1)
        #expect(self.ledger.rememberedOrder < 100)
        self.ledger.close(held.id)
        #expect(self.ledger.count == 0)
    }

    @Test("sessions are limited in all, a client and a route")
    func sessions() throws {
        let route = try self.route("A", limit: 3)
        let limits = self.settings {
            $0.maxSessions = 4; $0.maxSessionsPerClient = 2
        }
        let first = try self.session(route, limits: limits)
        try self.session(route, limits: limits)
        #expect(throws: LimitReached(limit: .sessionsOfClient)) { try self.session(route, limits: limits) }
        let other = IPv4Address(192, 0, 2, 8)
        try self.session(route, from: other, limits: limits)
        #expect(throws: LimitReached(limit: .sessionsOfRoute)) { try self.session(route, from: other, limits: limits) }
        try self.session(try self.route("B"), from: other, limits: limits)
        #expect(throws: LimitReached(limit: .sessions)) {
            try self.session(try self.route("B"), from: IPv4Address(192, 0, 2, 9), limits: limits)
        }
        self.ledger.close(first)
        self.ledger.close(first)
        try self.session(route, limits: limits)
    }

    @Test("a backend's sessions are counted until they end")
    func backends() throws {
        let backend = Backend(host: "b")
        let id = try self.session(try self.route("A"))
        self.ledger.connected(id, to: backend)
        #expect(self.ledger.sessionCount(of: backend) == 1)
        self.ledger.close(id)
        #expect(self.ledger.sessionCount(of: backend) == 0)
    }

    @Test("sessions that a route had before a change are asked to end, the others and those that come after are not")
    func ending() async throws {
        let ended = Mutex<[String]>([])
        let routes = [try self.route("A"), try self.route("B")]
        func begin(_ name: String, _ route: Route) throws {
            let id = self.ledger.open(from: self.client, limits: SessionSettings()) { end in
                ended.withLock { $0.append("\(name) \(end)") }
            }.id
            try self.ledger.admit(id, to: route, limits: SessionSettings())
        }
        for (route, name) in zip(routes, ["A", "B"]) { try begin(name, route) }
        var isChanged = false
        let leaving = self.ledger.sessions(of: [routes[0].id]) { isChanged = true }
        #expect(isChanged)
        try begin("C", routes[0])
        self.ledger.end(leaving, with: .removed)
        #expect(ended.withLock { $0 } == ["A removed"])
        for id in leaving { self.ledger.close(id) }
        // What came after does not keep the change waiting.
        let begun = ContinuousClock.now
        await self.ledger.waitUntilEnded(leaving, for: .seconds(60))
        #expect(ContinuousClock.now - begun < .seconds(30))
        self.ledger.endAll(with: .shutdown)
        #expect(ended.withLock { $0.sorted() } == ["A removed", "B shutdown", "C shutdown"])
    }

    @Test("the end of a session is named as the manual names it")
    func endNames() {
        let ends: [SessionEnd] = [
            .client, .backend, .refused(.calledNameNotPresent), .refused(.unspecified), .requestTimeout, .idleTimeout,
            .protocolViolation, .closed, .removed, .shutdown, .error,
        ]
        #expect(
            ends.map(\.description) == [
                "client", "backend", "refused:82", "refused:8F", "timeout:request", "timeout:idle", "protocol",
                "closed", "removed", "shutdown", "error",
            ]
        )
    }
}
