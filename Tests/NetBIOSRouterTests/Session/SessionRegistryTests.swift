import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

struct SessionRegistryTests {
    private let registry = SessionRegistry()
    private let loop: SessionLoop
    private let client = IPv4Address(192, 0, 2, 7)

    init() throws {
        self.loop = try #require(loops).sessions.nextLoop()
    }

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

    private func open(
        from client: IPv4Address? = nil,
        limits: SessionSettings = SessionSettings()
    ) -> (id: SessionID, displaced: IPv4Address?) {
        self.registry.open(from: client ?? self.client, on: self.loop, limits: limits)
    }

    private func admit(
        _ id: SessionID,
        to route: Route,
        generation: Int = 1,
        limits: SessionSettings = SessionSettings()
    ) -> SessionRegistry.Admission {
        self.registry.admit(id, to: route, generation: generation, limits: limits)
    }

    /// Opens a session and admits it to a route.
    private func session(
        _ route: Route,
        from client: IPv4Address? = nil,
        limits: SessionSettings = SessionSettings()
    ) -> SessionRegistry.Admission {
        self.admit(self.open(from: client, limits: limits).id, to: route, limits: limits)
    }

    @Test func `connections without a request are counted apart from sessions; one too many displaces the oldest`()
        throws
    {
        let limits = self.settings {
            $0.maxPending = 2; $0.maxSessions = 2
        }
        let route = try self.route("A")
        let first = self.open(limits: limits), second = self.open(limits: limits)
        #expect(self.admit(first.id, to: route, limits: limits) == .admitted)
        #expect(self.registry.sessionCount == 1)
        let third = self.open(limits: limits)
        #expect(third.displaced == nil)
        #expect(self.open(limits: limits).displaced == self.client)
        self.registry.remove(second.id)
        #expect(self.admit(second.id, to: route, limits: limits) == .limitReached(.pending))
        #expect(self.admit(third.id, to: route, limits: limits) == .admitted)
        #expect(self.registry.counts == (2, 1))
    }

    @Test(arguments: [true, false])
    func `closed connections leak nothing`(becomesSession: Bool) throws {
        let route = try self.route("A")
        let held = self.open()
        for _ in 0..<10_000 {
            let id = self.open().id
            if becomesSession { #expect(self.admit(id, to: route) == .admitted) }
            self.registry.remove(id)
        }
        #expect(self.registry.counts == (0, 1))
        #expect(self.registry.pendingQueueLength < 100)
        self.registry.remove(held.id)
        #expect(self.registry.counts == (0, 0))
    }

    @Test func `sessions are limited in total, per client and per route`() throws {
        let route = try self.route("A", limit: 3), other = IPv4Address(192, 0, 2, 8)
        let limits = self.settings {
            $0.maxSessions = 4; $0.maxSessionsPerClient = 2
        }
        let first = self.open(limits: limits).id
        #expect(self.admit(first, to: route, limits: limits) == .admitted)
        #expect(self.session(route, limits: limits) == .admitted)
        let refused = self.open(limits: limits).id
        #expect(self.admit(refused, to: route, limits: limits) == .limitReached(.sessionsOfClient))
        #expect(self.session(route, from: other, limits: limits) == .admitted)
        #expect(self.session(route, from: other, limits: limits) == .limitReached(.sessionsOfRoute))
        #expect(self.session(try self.route("B"), from: other, limits: limits) == .admitted)
        let third = IPv4Address(192, 0, 2, 9)
        #expect(self.session(try self.route("B"), from: third, limits: limits) == .limitReached(.sessions))
        self.registry.remove(first)
        self.registry.remove(first)
        #expect(self.admit(refused, to: route, limits: limits) == .admitted)
    }

    @Test func `a backend's sessions are counted until they end`() throws {
        let backend = Backend(host: "b")
        let id = self.open().id
        #expect(self.admit(id, to: try self.route("A")) == .admitted)
        self.registry.connected(id, to: backend)
        #expect(self.registry.sessionCount(of: backend) == 1)
        self.registry.remove(id)
        #expect(self.registry.sessionCount(of: backend) == 0)
    }

    @Test func `an id that a living session has is not given again after 2^32`() {
        let registry = SessionRegistry(firstID: .max)
        let ids = (0..<3).map { _ in registry.open(from: self.client, on: self.loop, limits: SessionSettings()).id }
        #expect(ids.map(\.rawValue) == [.max, 0, 1])
        let again = SessionRegistry(firstID: 5)
        let first = again.open(from: self.client, on: self.loop, limits: SessionSettings()).id
        again.setNextID(5)
        let second = again.open(from: self.client, on: self.loop, limits: SessionSettings()).id
        #expect(first.rawValue == 5 && second.rawValue == 6)
        #expect(again.counts.pending == 2)
    }

    @Test
    func `a reload selects the sessions that its routes had; later ones are routed anew, and stale ones not admitted`()
        async throws
    {
        let routes = [try self.route("A"), try self.route("B")]
        let live = LiveRoutes(RouteTable(RouterConfiguration(routes: routes)))
        let before = self.open().id, others = self.open().id, late = self.open().id
        #expect(self.admit(before, to: routes[0]) == .admitted)
        #expect(self.admit(others, to: routes[1]) == .admitted)
        let leaving = self.registry.replaceRoutes(
            in: live,
            with: RouteTable(RouterConfiguration(routes: [routes[1]])),
            leaving: [routes[0].id]
        )
        #expect(leaving == [before])
        #expect(live.versioned.generation == 2)
        #expect(self.admit(late, to: routes[0], generation: 1) == .stale)
        #expect(self.admit(late, to: routes[1], generation: 2) == .admitted)
        #expect(self.registry.close(.these(leaving), with: .removed) == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a wait ends with the last of its sessions, not before, and not for those that come later`() async throws {
        let first = self.open().id, second = self.open().id
        #expect(await !self.registry.waitUntilEnded([first, second], for: .milliseconds(1)))
        async let both = self.registry.waitUntilEnded([first, second], for: .seconds(3600))
        async let all = self.registry.waitUntilEnded(nil, for: .seconds(3600))
        self.registry.remove(first)
        let third = self.open().id
        self.registry.remove(second)
        #expect(await both)
        self.registry.remove(third)
        #expect(await all)
        #expect(await self.registry.waitUntilEnded([first], for: .zero))
    }

    @Test func `the end of a session is named as the manual names it`() {
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
