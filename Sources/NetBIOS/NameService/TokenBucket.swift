/// Token bucket for outgoing packets.
struct TokenBucket: Hashable, Sendable {
    /// The average interval between packets.
    private let interval: Duration
    /// The maximum lead of a burst over the average rate.
    private let tolerance: Duration
    /// The time of the next packet at the average rate.
    private var evenTime: Duration = .zero

    /// Allows `rate` packets per second, at least 1, with bursts of a twentieth of that, 1 to 10.
    init(rate: Int) {
        let rate = max(rate, 1)
        self.interval = .seconds(1) / rate
        let burst = min(max(rate / 20, 1), 10)
        self.tolerance = self.interval * (burst - 1)
    }

    /// The earliest time of the next packet; never negative.
    var nextMoment: Duration { max(self.evenTime - self.tolerance, .zero) }

    /// Takes a token at `now`; returns false if none is available.
    mutating func take(at now: Duration) -> Bool {
        guard self.nextMoment <= now else { return false }
        self.evenTime = max(self.evenTime, now) + self.interval
        return true
    }
}
