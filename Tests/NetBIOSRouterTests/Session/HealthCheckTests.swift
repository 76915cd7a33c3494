import Sockets
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

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

    @Test func `a backend of several routes has one check, the most thorough and the most frequent that is asked for`()
        throws
    {
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

    @Test
    func `so many checks have their turn at one time, the others wait, and those that are unwanted by then cost none`()
        throws
    {
        let turns = HealthCheckQueue()
        var begun: [Int] = [], underWay: [HealthCheckQueue.Turn] = []
        for number in 0..<100_000 {
            turns.take(hasFailed: false) { turn in
                let isWanted = number < 40 || number == 99_999
                guard isWanted else { return false }
                begun.append(number)
                underWay.append(turn)
                return true
            }
        }
        #expect(begun == Array(0..<HealthCheckQueue.limit))
        for _ in 0..<8 { turns.giveBack(underWay.removeFirst()) }
        #expect(begun == Array(0..<40))
        turns.giveBack(underWay.removeFirst())
        #expect(begun == Array(0..<40) + [99_999])
    }

    @Test
    func `250 silent backends take half of the turns, and a backend that answers has its own at once, again and again`()
    {
        let turns = HealthCheckQueue()
        var silent: [HealthCheckQueue.Turn] = []
        func checkSilentOne() {
            turns.take(hasFailed: true) { turn in
                silent.append(turn)
                return true
            }
        }
        for _ in 0..<250 { checkSilentOne() }
        for _ in 0..<1000 {
            #expect(silent.count == HealthCheckQueue.limit / 2)
            var own: HealthCheckQueue.Turn?
            turns.take(hasFailed: false) { turn in
                own = turn
                return true
            }
            #expect(own != nil)
            if let own { turns.giveBack(own) }
            // The silent ones time out one after the other, and wait for their next turn.
            turns.giveBack(silent.removeFirst())
            checkSilentOne()
        }
    }
}
