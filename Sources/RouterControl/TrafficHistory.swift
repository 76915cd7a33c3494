import NetBIOS
import NetBIOSRouter
import RouteConfig

/// The number of sessions and the traffic of the last hour, sampled at ``interval``.
struct TrafficHistory: Sendable {
    /// A sample.
    struct Sample: Hashable, Sendable {
        var sessions: Int
        /// Bytes per second since the previous sample, in both directions.
        var rate: Double
    }

    /// Time between two samples.
    static let interval = Duration.seconds(10)
    /// The number of samples kept: one hour.
    static let capacity = 360

    /// Oldest first.
    private(set) var samples: [Sample] = []
    /// The traffic of each route at the last sample.
    private var last: (moment: ContinuousClock.Instant, routes: [Route.ID: CounterSnapshot.OfRoute])?
    private var rates: [Route.ID: Double] = [:]

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - sessions: The number of sessions with a route.
    ///   - routes: The traffic of each route since the start.
    ///   - now: The time of both.
    mutating func add(
        sessions: Int,
        _ routes: [Route.ID: CounterSnapshot.OfRoute],
        now: ContinuousClock.Instant = .now
    ) {
        var total = 0.0
        if let last {
            let seconds = max((now - last.moment) / .seconds(1), 0.001)
            self.rates = [:]
            for (id, route) in routes {
                let bytes = route.bytes - (last.routes[id]?.bytes ?? 0)
                guard bytes > 0 else { continue }
                self.rates[id] = Double(bytes) / seconds
                total += Double(bytes) / seconds
            }
        }
        self.last = (now, routes)
        self.samples.append(Sample(sessions: sessions, rate: total))
        if self.samples.count > Self.capacity { self.samples.removeFirst() }
    }

    /// Returns a route's bytes per second between the last two samples, in both directions.
    func rate(of route: Route.ID) -> Double { self.rates[route] ?? 0 }
}

extension CounterSnapshot.OfRoute {
    /// Bytes in both directions.
    fileprivate var bytes: Int { self.bytesIn + self.bytesOut }
}
