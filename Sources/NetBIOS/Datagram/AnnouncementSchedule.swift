/// The schedule of a name's announcements: at once, then at growing intervals, and in response to requests ([MS-BRWS]
/// §3.2.6).
struct AnnouncementSchedule: Hashable, Sendable {
    /// The time of the next scheduled announcement.
    private(set) var clockDeadline: Duration
    /// The time of the response to a request, if any.
    private(set) var answerDeadline: Duration?
    /// The number of scheduled announcements so far.
    private var count = 0

    /// The intervals between announcements, in minutes; the last one repeats.
    private static let pauses: [UInt32] = [1, 1, 2, 4, 8, 12]

    /// Schedules the first announcement at `now`.
    init(at now: Duration) {
        self.clockDeadline = now
    }

    /// Whether the name was announced.
    var hasBegun: Bool { self.count > 0 }

    /// The next announcement.
    var deadline: Duration { self.answerDeadline.map { min($0, self.clockDeadline) } ?? self.clockDeadline }

    /// The interval that announcements state, in milliseconds.
    var periodicity: UInt32 { Self.pauses[max(self.count, 1) - 1] * 60_000 }

    /// Schedules the response to a request.
    mutating func answer(at deadline: Duration) {
        self.answerDeadline = deadline
    }

    /// Records an announcement at `now`, and schedules the next one.
    mutating func announce(at now: Duration) {
        if let deadline = self.answerDeadline, deadline <= now { self.answerDeadline = nil }
        guard self.clockDeadline <= now else { return }
        self.count = min(self.count + 1, Self.pauses.count)
        self.clockDeadline = now + .milliseconds(Int64(self.periodicity))
    }
}
