/// Timeouts and retry counts of the name service (RFC 1002 §6, except backoff and name servers' timeouts).
public struct ClaimTiming: Hashable, Sendable {
    /// BCAST_REQ_RETRY_TIMEOUT: the interval between broadcasts of a request, and the wait after the last one.
    public var broadcastInterval: Duration = .milliseconds(250)
    /// BCAST_REQ_RETRY_COUNT: the number of broadcasts of a request.
    public var broadcastCount = 3
    /// UCAST_REQ_RETRY_TIMEOUT: the interval between unicasts of a request, and the wait after the last one.
    public var unicastInterval: Duration = .seconds(5)
    /// UCAST_REQ_RETRY_COUNT: the number of unicasts of a request.
    public var unicastCount = 3
    /// The interval between requests to a name server, and the wait after the last one. Shorter than
    /// UCAST_REQ_RETRY_TIMEOUT, so that failover takes only seconds.
    public var nameServerInterval: Duration = .milliseconds(1500)
    /// The number of requests after which a silent name server counts as dead.
    public var nameServerCount = 3
    /// The interval at which the current name server is queried for one of the names.
    public var nameServerCheck: Duration = .seconds(5)
    /// The first pause for a silent name server; doubles each time.
    public var firstNameServerRest: Duration = .seconds(15)
    /// The maximum pause for a silent name server.
    public var longestNameServerRest: Duration = .seconds(300)
    /// The pause between losing a name and the first retry; doubles with each failure.
    public var firstRetry: Duration = .seconds(30)
    /// The maximum pause between attempts at a name that another host holds.
    public var longestRetry: Duration = .seconds(600)

    /// The longest that WACKs (RFC 1002 §4.2.16) put off the end of one request in all, and that an H or M node waits for name
    /// servers to settle a claim before it does without.
    static let longestWait: Duration = .seconds(60)

    /// The RFC's times.
    public init() {}
}

extension ClaimTiming {
    /// Returns the pause for a name server after `rests` consecutive ones.
    func nameServerRest(after rests: Int) -> Duration {
        var rest = self.firstNameServerRest
        for _ in 0..<rests where rest < self.longestNameServerRest { rest = rest * 2 }
        return min(rest, self.longestNameServerRest)
    }

    /// Returns the pause after `failures` consecutive failed attempts, at least 1, with up to a quarter of random
    /// jitter.
    ///
    /// The jitter keeps two hosts that claim the same name from retrying in lockstep.
    func retryPause(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var pause = self.firstRetry
        for _ in 1..<max(failures, 1) where pause < self.longestRetry { pause = pause * 2 }
        pause = min(pause, self.longestRetry)
        return pause + pause * Int.random(in: 0...256, using: &generator) / 1024
    }
}
