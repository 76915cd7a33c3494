import Glibc

/// A moment of CLOCK_MONOTONIC (clock_gettime(2)), in nanoseconds; for waiting and measuring, never for people.
package struct MonotonicTime: InstantProtocol, Sendable {
    /// Nanoseconds since an arbitrary point before the start of the process.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Earlier than every moment that is measured.
    package static let distantPast = MonotonicTime(nanoseconds: .min)

    /// Returns the current moment.
    package static func now() -> MonotonicTime {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return MonotonicTime(nanoseconds: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
    }

    /// Returns the moment `duration` later; saturates at the ends of the range.
    package func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return MonotonicTime(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    package func duration(to other: MonotonicTime) -> Duration {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(self.nanoseconds)
        return .nanoseconds(overflow ? (self < other ? .max : .min) : difference)
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func + (moment: MonotonicTime, duration: Duration) -> MonotonicTime { moment.advanced(by: duration) }

    package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration { earlier.duration(to: later) }
}

extension Duration {
    /// Whole nanoseconds; durations beyond 292 years are cut off.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { self.nanoseconds / 1_000_000 }

    package static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

    package static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }

    /// Returns a random duration in `range`.
    package static func random(in range: ClosedRange<Duration>) -> Duration {
        .nanoseconds(Int64.random(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds))
    }
}
