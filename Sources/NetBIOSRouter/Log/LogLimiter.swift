import Sockets
import Synchronization

/// Keeps a stranger from filling the log: of events of one kind, some are logged in an interval, and the others are counted.
final class LogLimiter<Kind: Hashable & Sendable>: Sendable {
    /// The decision on an event.
    enum Verdict: Hashable {
        /// Log it; `suppressed` others were not logged in the interval before.
        case log(suppressed: Int)
        case suppress
    }

    private struct Count {
        var end: MonotonicTime
        var admitted = 0
        var suppressed = 0
    }

    private let interval: Duration
    private let burst: Int
    private let counts = Mutex<[Kind: Count]>([:])

    /// Kinds that are remembered at most; beyond it all are forgotten, and begin anew.
    private static var limit: Int { 10_000 }

    /// - Parameters:
    ///   - interval: How long events of a kind are counted together.
    ///   - burst: How many of a kind are logged in that time.
    init(interval: Duration, burst: Int = 1) {
        self.interval = interval
        self.burst = burst
    }

    /// Counts an event.
    ///
    /// - Parameters:
    ///   - kind: What events are counted together.
    ///   - now: The moment.
    /// - Returns: Whether to log it.
    func admit(_ kind: Kind, now: MonotonicTime = .now()) -> Verdict {
        self.counts.withLock { counts in
            var count = counts[kind] ?? Count(end: now)
            var suppressed = 0
            if now >= count.end {
                suppressed = count.suppressed
                count = Count(end: now + self.interval)
            }
            let isAdmitted = count.admitted < self.burst
            if isAdmitted { count.admitted += 1 } else { count.suppressed += 1 }
            if counts.count >= Self.limit { counts.removeAll() }
            counts[kind] = count
            return isAdmitted ? .log(suppressed: suppressed) : .suppress
        }
    }
}
