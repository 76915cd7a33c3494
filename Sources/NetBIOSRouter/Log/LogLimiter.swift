import NetBIOS
import Sockets
import Synchronization

/// Keeps strangers from filling the log: of the events of one kind, of those that one host causes, and of all, so many are
/// logged in a time, and the others are counted.
///
/// Remembers no more hosts than events are logged in ``sourceInterval``.
final class LogLimiter<Kind: Hashable & Sendable>: Sendable {
    /// The decision on an event.
    enum Verdict: Hashable {
        /// Log it; `suppressed` others were not logged before: of its kind in the interval before, and for the sake of the
        /// limits of hosts since the last one that was.
        case log(suppressed: Int)
        case suppress
    }

    private struct Count {
        var end: MonotonicTime
        var admitted = 0
        var suppressed = 0
    }

    private struct State {
        var kinds: [Kind: Count] = [:]
        /// The end of the time that ``sources`` and ``admitted`` count.
        var end = MonotonicTime.distantPast
        var sources: [IPv4Address: Int] = [:]
        var admitted = 0
        /// Events that were not logged for the sake of the limits of hosts, since the last one that was.
        var suppressed = 0
    }

    private let interval: Duration
    private let burst: Int
    private let sourceBurst: Int
    private let totalBurst: Int
    private let state = Mutex(State())

    /// Kinds that are remembered at most; beyond it all are forgotten, and begin anew.
    private static var kindLimit: Int { 10_000 }
    /// The time in which the events of a host, and of all, are counted.
    static var sourceInterval: Duration { .seconds(10) }

    /// - Parameters:
    ///   - interval: How long events of a kind are counted together.
    ///   - burst: How many of a kind are logged in that time.
    ///   - sourceBurst: How many that one host causes are logged in ``sourceInterval``.
    ///   - totalBurst: How many are logged in ``sourceInterval``, of all kinds and hosts.
    init(interval: Duration, burst: Int = 1, sourceBurst: Int = 20, totalBurst: Int = 100) {
        self.interval = interval
        self.burst = burst
        self.sourceBurst = sourceBurst
        self.totalBurst = totalBurst
    }

    /// Counts an event.
    ///
    /// - Parameters:
    ///   - kind: The events that are counted together.
    ///   - source: The host that caused it; `nil` for this one.
    ///   - now: The moment.
    /// - Returns: Whether to log it.
    func admit(_ kind: Kind, from source: IPv4Address?, now: MonotonicTime = .now()) -> Verdict {
        self.state.withLock { state in
            if now >= state.end {
                state.end = now + Self.sourceInterval
                state.sources.removeAll(keepingCapacity: true)
                state.admitted = 0
            }
            let count = state.kinds[kind] ?? Count(end: .distantPast)
            let isOver = now >= count.end
            guard isOver || count.admitted < self.burst else {
                state.kinds[kind]?.suppressed += 1
                return .suppress
            }
            let ofSource = source.map { state.sources[$0] ?? 0 } ?? 0
            guard state.admitted < self.totalBurst, ofSource < self.sourceBurst else {
                state.suppressed += 1
                return .suppress
            }
            let suppressed = state.suppressed + (isOver ? count.suppressed : 0)
            state.suppressed = 0
            state.admitted += 1
            if let source { state.sources[source] = ofSource + 1 }
            if state.kinds.count >= Self.kindLimit { state.kinds.removeAll() }
            state.kinds[kind] =
                isOver
                ? Count(end: now + self.interval, admitted: 1)
                : Count(end: count.end, admitted: count.admitted + 1, suppressed: count.suppressed)
            return .log(suppressed: suppressed)
        }
    }

    /// Hosts that are remembered, for tests.
    var sourceCount: Int { self.state.withLock { $0.sources.count } }
}
