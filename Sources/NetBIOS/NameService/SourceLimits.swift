/// How many datagrams of one host a node looks at, so that one host can neither keep it from answering others nor have it
/// send much to a third one in whose name it asks.
///
/// Each host has an allowance of each kind that is used up by its datagrams and fills up again with time. A bounded number of
/// hosts is known apart; when there are more at once, the newest share one allowance.
struct SourceLimits: Sendable {
    /// What is counted apart.
    enum Kind: Hashable, Sendable, CaseIterable {
        /// A datagram of whatever kind, before it is read. An answer is about as long as the question, so this limit is for
        /// the processor's sake: it is about half of what a core can answer.
        case any
        /// A node status request, whose answer is up to eleven times as long.
        case nodeStatus
        /// What registers, refreshes or releases a name.
        case change

        /// Datagrams a second, in the long run.
        var rate: Int {
            switch self {
            case .any: 100_000
            case .nodeStatus: 10
            case .change: 200
            }
        }

        /// Datagrams at once, after silence.
        var burst: Int {
            switch self {
            case .any: 200_000
            case .nodeStatus: 20
            case .change: 400
            }
        }

        /// What one datagram takes of the allowance.
        fileprivate var interval: Duration { .nanoseconds(1_000_000_000 / self.rate) }

        /// The whole allowance.
        fileprivate var longest: Duration { .nanoseconds(1_000_000_000 / self.rate * self.burst) }
    }

    /// Hosts that are known apart; about a quarter of a MiB.
    static let maximumSources = 4096

    /// What one host has used, for each kind: when it is as if it had never sent any.
    private struct Allowance: Sendable {
        private var any: Duration = .zero
        private var nodeStatus: Duration = .zero
        private var change: Duration = .zero

        /// Uses one; false when there is none left.
        mutating func take(_ kind: Kind, at now: Duration) -> Bool {
            switch kind {
            case .any: Self.take(&self.any, kind, at: now)
            case .nodeStatus: Self.take(&self.nodeStatus, kind, at: now)
            case .change: Self.take(&self.change, kind, at: now)
            }
        }

        /// Whether all of it is there again.
        func isFull(at now: Duration) -> Bool { max(self.any, self.nodeStatus, self.change) <= now }

        private static func take(_ end: inout Duration, _ kind: Kind, at now: Duration) -> Bool {
            let next = max(end, now) + kind.interval
            guard next - now <= kind.longest else { return false }
            end = next
            return true
        }
    }

    private var allowances: [IPv4Address: Allowance] = [:]
    /// What hosts that are too many share.
    private var shared = Allowance()
    /// When hosts that have all of their allowance are looked for next.
    private var nextSweep: Duration = .zero

    /// How many hosts are known apart.
    var count: Int { self.allowances.count }

    /// Counts a datagram of a host; false when it is one too many.
    mutating func admits(_ kind: Kind, from host: IPv4Address, at now: Duration) -> Bool {
        if let isAdmitted = self.allowances[host]?.take(kind, at: now) { return isAdmitted }
        if self.allowances.count >= Self.maximumSources { self.sweep(at: now) }
        guard self.allowances.count < Self.maximumSources else { return self.shared.take(kind, at: now) }
        var allowance = Allowance()
        let isAdmitted = allowance.take(kind, at: now)
        self.allowances[host] = allowance
        return isAdmitted
    }

    /// Forgets hosts that have all of their allowance; at most once a second, since it looks at each.
    private mutating func sweep(at now: Duration) {
        guard self.nextSweep <= now else { return }
        self.nextSweep = now + .seconds(1)
        self.allowances = self.allowances.filter { !$0.value.isFull(at: now) }
    }
}
