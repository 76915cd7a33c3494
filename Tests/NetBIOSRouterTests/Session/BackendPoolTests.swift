import Sockets
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

struct BackendPoolTests {
    private let pool = BackendPool()
    private let error = BackendStatus.LastError(reason: "refused", time: Timestamp(milliseconds: 1000))

    private func route(_ balance: Route.Balance) throws -> Route {
        var route = Route(name: try NetBIOSName("A"), backends: ["b1", "b2", "b3"].map { Backend(host: $0) })
        route.balance = balance
        return route
    }

    private func order(_ route: Route, at seconds: Int64 = 0, sessions: [String: Int] = [:]) -> [String] {
        self.pool.backends(of: route, now: self.moment(seconds)) { sessions[$0.host] ?? 0 }.map(\.host)
    }

    private func moment(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

    private func state(of backend: Backend) -> BackendStatus.State {
        self.pool.status(of: backend, sessions: 0).state
    }

    @Test func `failover: as the file has them`() throws {
        let route = try self.route(.failover)
        for _ in 0..<3 { #expect(self.order(route) == ["b1", "b2", "b3"]) }
    }

    @Test func `round_robin: each in turn, the others after it`() throws {
        let route = try self.route(.roundRobin)
        let firsts = (0..<4).map { _ in self.order(route) }
        #expect(firsts == [["b1", "b2", "b3"], ["b2", "b3", "b1"], ["b3", "b1", "b2"], ["b1", "b2", "b3"]])
    }

    @Test func `round_robin: the turn of one that is down or drained goes to all others alike`() throws {
        let route = try self.route(.roundRobin)
        _ = self.pool.failedCheck(route.backends[0], self.error)
        let firsts = (0..<4).map { _ in self.order(route) }
        #expect(firsts == [["b2", "b3", "b1"], ["b3", "b2", "b1"], ["b2", "b3", "b1"], ["b3", "b2", "b1"]])
        _ = self.pool.setDraining(true, route.backends[0])
        #expect((0..<2).map { _ in self.order(route) } == [["b2", "b3"], ["b3", "b2"]])
    }

    @Test func `least_sessions: the idlest first, then as the file has them`() throws {
        let route = try self.route(.leastSessions)
        #expect(self.order(route, sessions: ["b1": 2, "b2": 1, "b3": 1]) == ["b2", "b3", "b1"])
    }

    @Test func `a backend that sessions do not reach is tried last, twice as long each time, until one reaches it`()
        throws
    {
        let route = try self.route(.failover), first = route.backends[0]
        #expect(self.pool.failed(first, self.error, now: self.moment(0)) == .wentDown)
        #expect(self.order(route, at: 1) == ["b2", "b3", "b1"])
        #expect(self.order(route, at: 2) == ["b1", "b2", "b3"])
        #expect(self.pool.failed(first, self.error, now: self.moment(2)) == .none)
        #expect(self.order(route, at: 5) == ["b2", "b3", "b1"])
        #expect(self.state(of: first) == .down)
        #expect(self.pool.reached(first) == .cameUp)
        #expect(self.pool.reached(first) == .none)
        #expect(self.state(of: first) == .up)
        #expect(self.order(route, at: 5) == ["b1", "b2", "b3"])
        for _ in 0..<20 { _ = self.pool.failed(first, self.error, now: self.moment(10)) }
        #expect(self.order(route, at: 69) == ["b2", "b3", "b1"])
        #expect(self.order(route, at: 70) == ["b1", "b2", "b3"])
    }

    @Test func `where all failed, all are tried all the same`() throws {
        let route = try self.route(.failover)
        for backend in route.backends { _ = self.pool.failed(backend, self.error, now: self.moment(0)) }
        #expect(self.order(route) == ["b1", "b2", "b3"])
    }

    @Test func `a backend that fails its checks is tried last until it passes one, whatever sessions find`() throws {
        let route = try self.route(.failover), first = route.backends[0]
        #expect(self.pool.passedCheck(first) == .none)
        #expect(self.pool.failedCheck(first, self.error) == .wentDown)
        #expect(self.pool.failedCheck(first, self.error) == .none)
        #expect(self.pool.reached(first) == .none)
        #expect(self.order(route, at: 100_000) == ["b2", "b3", "b1"])
        #expect(self.pool.passedCheck(first) == .cameUp)
        #expect(self.order(route) == ["b1", "b2", "b3"])
        #expect(self.pool.status(of: first, sessions: 3).lastError == self.error)
        _ = self.pool.failedCheck(first, self.error)
        self.pool.endedChecks(of: first)
        #expect(self.order(route) == ["b1", "b2", "b3"])
    }

    @Test func `a backend that is drained is left out until it is taken in again or no route has it`() throws {
        let route = try self.route(.failover), first = route.backends[0]
        #expect(self.pool.setDraining(true, first))
        #expect(!self.pool.setDraining(true, first))
        #expect(self.order(route) == ["b2", "b3"])
        #expect(self.state(of: first) == .draining)
        _ = self.pool.failed(first, self.error, now: self.moment(0))
        #expect(self.state(of: first) == .draining)
        #expect(self.pool.setDraining(false, first))
        #expect(self.state(of: first) == .down)
        for backend in route.backends { _ = self.pool.setDraining(true, backend) }
        #expect(self.order(route).isEmpty)
        self.pool.keep([])
        #expect(self.order(route) == ["b1", "b2", "b3"])
    }
}
