import NIOCore
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

@Suite("The order in which backends are tried")
struct BackendOrderTests {
    private func route(_ balance: Route.Balance) throws -> Route {
        var route = Route(name: try NetBIOSName("A"), backends: ["b1", "b2", "b3"].map { Backend(host: $0) })
        route.balance = balance
        return route
    }

    private func order(
        _ order: BackendOrder,
        _ route: Route,
        at seconds: Int64 = 0,
        sessions: [String: Int] = [:]
    ) -> [String] {
        order.backends(of: route, now: self.moment(seconds)) { sessions[$0.host] ?? 0 }.map(\.host)
    }

    private func moment(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test("failover: as the file has them")
    func failover() throws {
        let order = BackendOrder(), route = try self.route(.failover)
        for _ in 0..<3 { #expect(self.order(order, route) == ["b1", "b2", "b3"]) }
    }

    @Test("round_robin: each in turn, the others behind it")
    func roundRobin() throws {
        let order = BackendOrder(), route = try self.route(.roundRobin)
        let firsts = (0..<4).map { _ in self.order(order, route) }
        #expect(firsts == [["b1", "b2", "b3"], ["b2", "b3", "b1"], ["b3", "b1", "b2"], ["b1", "b2", "b3"]])
    }

    @Test("least_sessions: the idlest first, then as the file has them")
    func leastSessions() throws {
        let order = BackendOrder(), route = try self.route(.leastSessions)
        #expect(self.order(order, route, sessions: ["b1": 2, "b2": 1, "b3": 1]) == ["b2", "b3", "b1"])
    }

    @Test("a backend that failed is tried last, twice as long each time, until it is reached")
    func failure() throws {
        let order = BackendOrder(), route = try self.route(.failover)
        let first = route.backends[0]
        order.failed(first, now: self.moment(0))
        #expect(self.order(order, route, at: 1) == ["b2", "b3", "b1"])
        #expect(self.order(order, route, at: 2) == ["b1", "b2", "b3"])
        order.failed(first, now: self.moment(2))
        #expect(self.order(order, route, at: 5) == ["b2", "b3", "b1"])
        order.reached(first)
        #expect(self.order(order, route, at: 5) == ["b1", "b2", "b3"])
        for _ in 0..<20 { order.failed(first, now: self.moment(10)) }
        #expect(self.order(order, route, at: 69) == ["b2", "b3", "b1"])
        #expect(self.order(order, route, at: 70) == ["b1", "b2", "b3"])
    }

    @Test("where all failed, all are tried all the same")
    func allFailed() throws {
        let order = BackendOrder(), route = try self.route(.failover)
        for backend in route.backends { order.failed(backend, now: self.moment(0)) }
        #expect(self.order(order, route) == ["b1", "b2", "b3"])
    }
}
