import Glibc

/// A moment until which a test is ready to wait.
struct Deadline {
    private let end: ContinuousClock.Instant

    /// A deadline so many seconds from now.
    init(seconds: Double) {
        self.end = .now + .seconds(seconds)
    }

    /// Whether the moment is past.
    var hasPassed: Bool { .now >= self.end }

    /// What is left, in milliseconds as `poll(2)` wants them; never negative.
    var remainingMilliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: self.end) / .milliseconds(1)
        return Int32(min(max(0, left.rounded(.up)), 1_000_000))
    }
}

/// What a test waited for in vain.
struct WaitedInVain: Error, CustomStringConvertible {
    /// What was to happen.
    let expected: String
    /// How long it was given, in seconds.
    let seconds: Double

    var description: String { "waited \(self.seconds) s in vain for \(self.expected)" }
}

/// Waits until a condition holds, looking again every few milliseconds.
///
/// - Throws: ``WaitedInVain`` when it does not hold in time, and whatever the condition throws.
func eventually(_ expected: String, within seconds: Double = 10, _ condition: () throws -> Bool) throws {
    let deadline = Deadline(seconds: seconds)
    while try !condition() {
        guard !deadline.hasPassed else { throw WaitedInVain(expected: expected, seconds: seconds) }
        usleep(5_000)
    }
}

/// Checks, again and again for so many seconds, that a condition goes on holding; says whether it did.
func throughout(seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Deadline(seconds: seconds)
    while !deadline.hasPassed {
        guard try condition() else { return false }
        usleep(5_000)
    }
    return true
}
