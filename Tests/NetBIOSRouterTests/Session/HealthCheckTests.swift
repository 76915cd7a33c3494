import Sockets
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

@Suite("Health checks")
struct HealthCheckTests {
    private func route(
        _ name: String,
        _ hosts: [String],
        _ check: Route.HealthCheck,
        every interval: Duration = .seconds(10)
    ) throws -> Route {
        var route = Route(name: try NetBIOSName(name), backends: hosts.map { Backend(host: $0) })
        route.healthCheck = check
        route.healthInterval = interval
        return route
    }

    @Test("a backend of several routes has one check, the most thorough and the most frequent that is asked for")
    func merging() throws {
        let configuration = RouterConfiguration(
            routes: [
                try self.route("A", ["b1", "b2"], .tcp, every: .seconds(1)), try self.route("B", ["b2"], .smb),
                try self.route("C", ["b1", "b3"], .none, every: .milliseconds(100)),
            ]
        )
        let first = Backend(host: "b1"), second = Backend(host: "b2")
        #expect(
            configuration.healthChecks == [
                first: HealthCheck(backend: first, kind: .tcp, interval: .seconds(1)),
                second: HealthCheck(backend: second, kind: .smb, interval: .seconds(1)),
            ]
        )
    }

    @Test("so many checks have their turn at one time, the others wait, and those that are unwanted by then cost none")
    func turns() {
        let turns = HealthCheckTurns()
        var begun: [Int] = []
        for number in 0..<100_000 {
            turns.take {
                let isWanted = number < 40 || number == 99_999
                if isWanted { begun.append(number) }
                return isWanted
            }
        }
        #expect(begun == Array(0..<HealthCheckTurns.limit))
        for _ in 0..<8 { turns.giveBack() }
        #expect(begun == Array(0..<40))
        turns.giveBack()
        #expect(begun == Array(0..<40) + [99_999])
    }

    @Test("checks that end at once, as all do without a network, have their turns one after the other")
    func checksThatEndAtOnce() {
        let turns = HealthCheckTurns()
        for _ in 0..<HealthCheckTurns.limit { turns.take { true } }
        var begun = 0, underWay = 0
        for _ in 0..<100_000 {
            turns.take {
                begun += 1
                underWay += 1
                #expect(underWay == 1)
                turns.giveBack()
                underWay -= 1
                return true
            }
        }
        #expect(begun == 0)
        turns.giveBack()
        #expect(begun == 100_000)
    }
}
