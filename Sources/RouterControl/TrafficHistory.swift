import NetBIOS
import NetBIOSRouter
import RouteConfig

/// How many sessions there were and what they carried, every few seconds of the last hour.
struct TrafficHistory: Sendable {
    /// What was seen at one moment.
    struct Sample: Hashable, Sendable {
        var sessions: Int
        /// Bytes a second since the moment before, both ways.
        var rate: Double
    }

    /// Time between two samples.
    static let interval = Duration.seconds(10)
    /// How many samples are kept: an hour's.
    static let capacity = 360

    /// The oldest first.
    private(set) var samples: [Sample] = []
    /// What each route had carried at the last sample, and the one before.
    private var last: (moment: ContinuousClock.Instant, routes: [Route.ID: CounterSnapshot.OfRoute])?
    private var rates: [Route.ID: Double] = [:]

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - sessions: Sessions that have a route.
    ///   - routes: The traffic of each route since the start.
    ///   - now: The moment of both.
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

    /// Bytes a second of a route between the last two samples, both ways.
    func rate(of route: Route.ID) -> Double { self.rates[route] ?? 0 }
}

extension CounterSnapshot.OfRoute {
    /// Bytes both ways.
    fileprivate var bytes: Int { self.bytesIn + self.bytesOut }
}
