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
    /// Bytes of each route at the last two samples.
    private var last: (moment: ContinuousClock.Instant, bytes: [Route.ID: Int])?
    private var rates: [Route.ID: Double] = [:]

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - sessions: Sessions that have a route.
    ///   - bytes: The bytes of each route since the start, both ways.
    ///   - now: The moment of both.
    mutating func add(
        sessions: Int,
        _ bytes: [Route.ID: Int],
        now: ContinuousClock.Instant = .now
    ) {
        var total = 0.0
        if let last {
            let seconds = max((now - last.moment) / .seconds(1), 0.001)
            self.rates = [:]
            for (id, count) in bytes {
                let new = count - (last.bytes[id] ?? 0)
                guard new > 0 else { continue }
                self.rates[id] = Double(new) / seconds
                total += Double(new) / seconds
            }
        }
        self.last = (now, bytes)
        self.samples.append(Sample(sessions: sessions, rate: total))
        if self.samples.count > Self.capacity { self.samples.removeFirst() }
    }

    /// Returns a route's bytes per second between the last two samples, in both directions.
    func rate(of route: Route.ID) -> Double { self.rates[route] ?? 0 }
}
