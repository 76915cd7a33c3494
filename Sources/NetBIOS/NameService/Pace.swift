/// How fast packets may leave: so many a second, with a short burst after silence.
struct Pace: Hashable, Sendable {
    /// Between two packets, in the long run.
    private let interval: Duration
    /// How far ahead of the long run a burst may be.
    private let tolerance: Duration
    /// When the next packet would leave if all left evenly.
    private var evenTime: Duration = .zero

    /// `rate` packets a second, at least 1; bursts of a twentieth of a second's packets, 1 to 10.
    init(rate: Int) {
        let rate = max(rate, 1)
        self.interval = .seconds(1) / rate
        let burst = min(max(rate / 20, 1), 10)
        self.tolerance = self.interval * (burst - 1)
    }

    /// The first moment at which another packet may leave; never before the moment that times are counted from.
    var nextMoment: Duration { max(self.evenTime - self.tolerance, .zero) }

    /// Counts one packet that leaves at `now`; false when it may not leave yet.
    mutating func take(at now: Duration) -> Bool {
        guard self.nextMoment <= now else { return false }
        self.evenTime = max(self.evenTime, now) + self.interval
        return true
    }
}
