/// When one name is announced: at once, then with growing pauses, and beside that when browsers ask ([MS-BRWS] §3.2.6).
struct AnnouncementSchedule: Hashable, Sendable {
    /// The next announcement by the clock.
    private(set) var clockDeadline: Duration
    /// The announcement that answers a request.
    private(set) var answerDeadline: Duration?
    /// How often it was announced by the clock.
    private var count = 0

    /// Pauses between announcements, in minutes; the last one is for ever.
    private static let pauses: [UInt32] = [1, 1, 2, 4, 8, 12]

    /// To be announced at `now` for the first time.
    init(at now: Duration) {
        self.clockDeadline = now
    }

    /// Whether it was announced at all.
    var hasBegun: Bool { self.count > 0 }

    /// Whether it is to be announced at exactly this moment; a timer that says anything else is stale.
    func isDue(at deadline: Duration) -> Bool {
        deadline == self.clockDeadline || deadline == self.answerDeadline
    }

    /// The pause that announcements tell of, in milliseconds.
    var periodicity: UInt32 { Self.pauses[max(self.count, 1) - 1] * 60_000 }

    /// A request is answered at `deadline`.
    mutating func answer(at deadline: Duration) {
        self.answerDeadline = deadline
    }

    /// It is announced at `now`.
    mutating func announce(at now: Duration) {
        if let deadline = self.answerDeadline, deadline <= now { self.answerDeadline = nil }
        guard self.clockDeadline <= now else { return }
        self.count = min(self.count + 1, Self.pauses.count)
        self.clockDeadline = now + .milliseconds(Int64(self.periodicity))
    }
}
