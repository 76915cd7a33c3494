/// Rate limiter for datagrams by source, so that no host can starve others, or use the node to flood a third host whose
/// address it forges.
///
/// Each host has a token bucket for each kind. A limited number of hosts is tracked; beyond it, new hosts share one
/// bucket.
struct SourceRateLimiter: Sendable {
    /// The kinds with separate limits.
    enum Kind: Hashable, Sendable, CaseIterable {
        /// Any datagram, before decoding. A response is about as long as the query, so this limit protects only the
        /// processor: it is about half of what a core can answer.
        case any
        /// A node status request, whose response is up to eleven times as long.
        case nodeStatus
        /// A registration, refresh or release.
        case change
        /// A response that disputes an owned name, and makes us ask whose it is.
        case objection

        /// Datagrams per second, on average.
        var rate: Int {
            switch self {
            case .any: 100_000
            case .nodeStatus: 10
            case .change: 200
            case .objection: 5
            }
        }

        /// Datagrams in a burst.
        var burst: Int {
            switch self {
            case .any: 200_000
            case .nodeStatus: 20
            case .change: 400
            case .objection: 50
            }
        }

        /// The refill time of one token.
        fileprivate var interval: Duration { .nanoseconds(1_000_000_000 / self.rate) }

        /// The refill time of the entire bucket.
        fileprivate var longest: Duration { .nanoseconds(1_000_000_000 / self.rate * self.burst) }
    }

    /// The maximum number of tracked hosts; about a quarter of a MiB.
    static let maximumSources = 4096

    /// The buckets of a host: for each kind, the time at which it is full.
    private struct Allowance: Sendable {
        private var any: Duration = .zero
        private var nodeStatus: Duration = .zero
        private var change: Duration = .zero
        private var objection: Duration = .zero

        /// Takes a token; returns false if none is available.
        mutating func take(_ kind: Kind, at now: Duration) -> Bool {
            switch kind {
            case .any: Self.take(&self.any, kind, at: now)
            case .nodeStatus: Self.take(&self.nodeStatus, kind, at: now)
            case .change: Self.take(&self.change, kind, at: now)
            case .objection: Self.take(&self.objection, kind, at: now)
            }
        }

        /// Whether all of it is there again.
        func isFull(at now: Duration) -> Bool { max(self.any, self.nodeStatus, self.change, self.objection) <= now }

        private static func take(_ end: inout Duration, _ kind: Kind, at now: Duration) -> Bool {
            let next = max(end, now) + kind.interval
            guard next - now <= kind.longest else { return false }
            end = next
            return true
        }
    }

    private var allowances: [IPv4Address: Allowance] = [:]
    /// The buckets shared by hosts beyond the limit.
    private var shared = Allowance()
    /// The time of the next search for hosts with full buckets.
    private var nextSweep: Duration = .zero

    /// The number of tracked hosts.
    var count: Int { self.allowances.count }

    /// Counts a datagram of a host; returns false if it exceeds the limit.
    mutating func admits(_ kind: Kind, from host: IPv4Address, at now: Duration) -> Bool {
        if let isAdmitted = self.allowances[host]?.take(kind, at: now) { return isAdmitted }
        if self.allowances.count >= Self.maximumSources { self.sweep(at: now) }
        guard self.allowances.count < Self.maximumSources else { return self.shared.take(kind, at: now) }
        var allowance = Allowance()
        let isAdmitted = allowance.take(kind, at: now)
        self.allowances[host] = allowance
        return isAdmitted
    }

    /// Forgets hosts with full buckets; at most once per second, since it takes linear time.
    private mutating func sweep(at now: Duration) {
        guard self.nextSweep <= now else { return }
        self.nextSweep = now + .seconds(1)
        self.allowances = self.allowances.filter { !$0.value.isFull(at: now) }
    }
}
