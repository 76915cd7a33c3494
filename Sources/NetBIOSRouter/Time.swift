import NIOCore

extension TimeAmount {
    /// Nanoseconds of a duration; those beyond 292 years are cut off.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = overflow ? .nanoseconds(.max / 2) : .nanoseconds(nanoseconds + attoseconds / 1_000_000_000)
    }

    var milliseconds: Int64 { self.nanoseconds / 1_000_000 }
}
