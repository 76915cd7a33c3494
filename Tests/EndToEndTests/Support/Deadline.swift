import Glibc

/// A deadline of a test's wait.
struct Deadline {
    private let end: ContinuousClock.Instant

    /// A deadline so many seconds from now.
    init(seconds: Double) {
        self.end = .now + .seconds(seconds)
    }

    /// Whether the moment is past.
    var hasPassed: Bool { .now >= self.end }

    /// The remaining milliseconds as poll(2) expects them; never negative.
    var remainingMilliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: self.end) / .milliseconds(1)
        return Int32(min(max(0, left.rounded(.up)), 1_000_000))
    }
}

/// A wait that timed out.
struct WaitedInVain: Error, CustomStringConvertible {
    /// The expected event.
    let expected: String
    /// The time limit, in seconds.
    let seconds: Double

    var description: String { "waited \(self.seconds) s in vain for \(self.expected)" }
}

/// Waits until a condition holds, polling every `interval` milliseconds.
///
/// - Throws: ``WaitedInVain`` on time-out, and the errors of the condition.
func eventually(
    _ expected: String,
    within seconds: Double = 10,
    every interval: UInt32 = 5,
    _ condition: () throws -> Bool
) throws {
    let deadline = Deadline(seconds: seconds)
    while try !condition() {
        guard !deadline.hasPassed else { throw WaitedInVain(expected: expected, seconds: seconds) }
        pace(microseconds: interval * 1_000)
    }
}

/// Polls a condition for some seconds; returns whether it always held.
func throughout(seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Deadline(seconds: seconds)
    while !deadline.hasPassed {
        guard try condition() else { return false }
        pace(microseconds: 5_000)
    }
    return true
}

/// Lets time pass between two looks at another process, or between two packets of a load. Never to wait for an event: that is
/// ``eventually(_:within:every:_:)``.
func pace(microseconds: UInt32) { usleep(microseconds) }
