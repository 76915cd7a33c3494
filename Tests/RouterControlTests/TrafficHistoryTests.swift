import NetBIOS
import NetBIOSRouter
import RouteConfig
import Testing

@testable import RouterControl

/// The samples behind the graphs of the status page, and the graphs.
struct TrafficHistoryTests {
    private let start = ContinuousClock.now

    private func route(_ name: String) throws -> Route.ID { QualifiedName(try NetBIOSName(name)) }

    @Test func `rates are those between the last two samples, of each route and in all`() throws {
        let (nas, cnc) = (try self.route("NAS"), try self.route("CNC"))
        var history = TrafficHistory()
        history.add(sessions: 1, [nas: 1_000], now: self.start)
        #expect(history.samples == [.init(sessions: 1, rate: 0)] && history.rate(of: nas) == 0)
        let later = [nas: 3_000, cnc: 100]
        history.add(sessions: 2, later, now: self.start + .seconds(10))
        #expect(history.rate(of: nas) == 200 && history.rate(of: cnc) == 10)
        #expect(history.samples.last == .init(sessions: 2, rate: 210))
        // A route that carried nothing, and one that is gone.
        history.add(sessions: 0, [nas: later[nas] ?? 0], now: self.start + .seconds(20))
        #expect(history.rate(of: nas) == 0 && history.rate(of: cnc) == 0 && history.samples.last?.rate == 0)
    }

    @Test func `counts that fall and a clock that stands are no rate`() throws {
        let nas = try self.route("NAS")
        var history = TrafficHistory()
        history.add(sessions: 0, [nas: 1_000], now: self.start)
        history.add(sessions: 0, [nas: 10], now: self.start + .seconds(10))
        #expect(history.rate(of: nas) == 0)
        history.add(sessions: 0, [nas: 20], now: self.start + .seconds(10))
        #expect(history.rate(of: nas).isFinite)
    }

    @Test func `the oldest sample goes when there are as many as are kept`() {
        var history = TrafficHistory()
        for count in 0..<(TrafficHistory.capacity + 5) { history.add(sessions: count, [:], now: self.start) }
        #expect(history.samples.count == TrafficHistory.capacity && history.samples.first?.sessions == 5)
    }

    @Test(arguments: [
        [], [7], [0, 0], [1, 2, 3], [Double](repeating: 1e18, count: TrafficHistory.capacity),
        [0, .leastNonzeroMagnitude],
    ]) func `a graph stays within its frame, whatever the values`(values: [Double]) throws {
        let html = HistoryGraph("Load", values, now: "1", words: { "\($0)" }).html.text
        let polyline = html.firstMatch(of: /<polyline class="line" points="([^"]*)"/)
        #expect((polyline != nil) == (values.count > 1))
        for point in polyline?.output.1.split(separator: " ") ?? [] {
            let numbers = point.split(separator: ",").compactMap { Double($0) }
            let (x, y) = (try #require(numbers.first), try #require(numbers.last))
            #expect((0...360).contains(x) && (0...62).contains(y), "\(point)")
        }
    }

    @Test func `the newest value is at the right edge, and the highest at the top`() {
        let html = HistoryGraph("Load", [0, 4, 2], now: "2", words: { "\(Int($0))" }).html.text
        #expect(html.contains("4.") == false && html.contains("at most 4"))
        #expect(html.contains("335.2,60.0 347.6,2.0 360.0,31.0\"/></svg>"), "\(html)")
    }
}
