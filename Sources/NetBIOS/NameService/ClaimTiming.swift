/// How long a name service waits, and how often it tries (RFC 1002 §6; the back-off and name servers' times are our own).
public struct ClaimTiming: Hashable, Sendable {
    /// BCAST_REQ_RETRY_TIMEOUT: between two broadcasts of one request, and after the last one.
    public var broadcastInterval: Duration = .milliseconds(250)
    /// BCAST_REQ_RETRY_COUNT: how often a request is broadcast.
    public var broadcastCount = 3
    /// UCAST_REQ_RETRY_TIMEOUT: between two unicasts of one request, and after the last one.
    public var unicastInterval: Duration = .seconds(5)
    /// UCAST_REQ_RETRY_COUNT: how often a request is sent to one host.
    public var unicastCount = 3
    /// Between two requests to a name server, and after the last one. Shorter than UCAST_REQ_RETRY_TIMEOUT, so that
    /// another server is asked within seconds.
    public var nameServerInterval: Duration = .milliseconds(1500)
    /// How often a request is sent to a name server before it is taken for dead.
    public var nameServerCount = 3
    /// How often the name server in use is asked whether it still has one of the names.
    public var nameServerCheck: Duration = .seconds(5)
    /// How long a name server that does not answer is left alone; doubled each time.
    public var firstNameServerRest: Duration = .seconds(15)
    /// The longest that a name server is left alone.
    public var longestNameServerRest: Duration = .seconds(300)
    /// From losing a name to the first new attempt; doubled with every further failure.
    public var firstRetry: Duration = .seconds(30)
    /// The longest pause between two attempts at a name that another host holds.
    public var longestRetry: Duration = .seconds(600)

    /// The RFC's times.
    public init() {}
}

extension ClaimTiming {
    /// How long a name server is left alone after it was so `rests` times since it last answered.
    func nameServerRest(after rests: Int) -> Duration {
        var rest = self.firstNameServerRest
        for _ in 0..<rests where rest < self.longestNameServerRest { rest = rest * 2 }
        return min(rest, self.longestNameServerRest)
    }

    /// The pause before another attempt after `failures` failed ones, 1 or more; up to a quarter longer, at random.
    ///
    /// The random part keeps two hosts that want one name from trying at the same moments for ever.
    func retryPause(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var pause = self.firstRetry
        for _ in 1..<max(failures, 1) where pause < self.longestRetry { pause = pause * 2 }
        pause = min(pause, self.longestRetry)
        return pause + pause * Int.random(in: 0...256, using: &generator) / 1024
    }
}
