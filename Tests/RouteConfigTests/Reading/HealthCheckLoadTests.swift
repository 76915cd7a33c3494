import Testing

@testable import RouteConfig

/// From which load of health checks on there is a warning.
struct HealthCheckLoadTests {
    private let place = TextRange(file: 0, start: 1, end: 2)

    private func backends(_ range: Range<Int>) -> [Backend] { range.map { Backend(host: "host\($0)") } }

    private func rate(_ load: HealthCheckLoad) -> Int? {
        guard case .manyHealthChecks(let rate, _, _) = load.problem?.problem else { return nil }
        return rate
    }

    @Test(arguments: [
        (99, Duration.milliseconds(100), nil), (100, .milliseconds(100), 1000), (5000, .milliseconds(100), 50_000),
        (999, .seconds(1), nil), (1000, .seconds(1), 1000), (9999, .seconds(10), nil), (10_000, .seconds(10), 1000),
        (10_000, .seconds(365 * 86400), nil), (0, .seconds(1), nil),
    ])
    func `the warning begins at a thousand checks a second`(count: Int, interval: Duration, expected: Int?) {
        var load = HealthCheckLoad()
        load.add(self.backends(0..<count), every: interval, at: self.place)
        #expect(self.rate(load) == expected)
    }

    @Test func `a backend of several routes is counted once, by the shortest interval`() {
        var load = HealthCheckLoad()
        for _ in 0..<10 { load.add(self.backends(0..<99), every: .milliseconds(100), at: self.place) }
        load.add(self.backends(0..<99), every: .seconds(1), at: self.place)
        load.add(self.backends(99..<108), every: .seconds(1), at: self.place)
        #expect(self.rate(load) == nil)
        load.add(self.backends(107..<109), every: .seconds(1), at: self.place)
        #expect(self.rate(load) == 1000)
    }

    @Test(arguments: [100, 999, 1000, 5000, 12_345])
    func `the proposed interval is enough`(count: Int) throws {
        var load = HealthCheckLoad()
        load.add(self.backends(0..<count), every: .milliseconds(100), at: self.place)
        guard case .manyHealthChecks(_, _, let enough) = try #require(load.problem?.problem) else { return }
        var longer = HealthCheckLoad()
        longer.add(self.backends(0..<count), every: enough, at: self.place)
        #expect(self.rate(longer) == nil)
    }
}
