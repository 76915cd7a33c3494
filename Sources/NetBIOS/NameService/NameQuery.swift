/// The client side of a query: finds the owners of a name, or a node's names (RFC 1002 §5.1.1.3, §4.2.17).
///
/// ```
///   start ──▶ asking ──── all tries passed ───▶ finished
///               │  ▲                               ▲
///        answer │  │ WACK: wait longer             │ broadcast: the wait is over
///               ▼  │                               │ unicast: at once
///             answered ────────────────────────────┘
/// ```
///
/// A broadcast query collects responses until its current timeout: several hosts may respond. A unicast query ends with
/// the host's first response.
public struct NameQuery: Hashable, Sendable {
    /// The request, the same in all retransmissions.
    public let request: NameServiceRequest
    /// The destination: a host or a broadcast address.
    public let destination: NameServiceEndpoint
    /// The responses so far, in order; one per host.
    public private(set) var answers: [Reply] = []
    /// The time of the next call to ``advance(to:)``; `nil` before the start and after the end.
    public private(set) var deadline: Duration?

    private let timing: ClaimTiming
    private var sent = 0
    /// The time of the first transmission.
    private var start: Duration = .zero

    /// The response of one host.
    public struct Reply: Hashable, Sendable {
        /// The host.
        public var host: IPv4Address
        /// Its response.
        public var answer: NameServiceResponse.Answer
    }

    /// The caller's work after an event.
    public enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case wait
        /// Send the request to the destination.
        case send
        /// Nothing; ``NameQuery/answers`` is complete, and empty if no host responded in time.
        case finish
    }

    /// Makes a query for `name`; `question` is a name query or a node status request.
    public init(
        _ name: QualifiedName,
        _ question: Question,
        to destination: NameServiceEndpoint,
        isBroadcast: Bool,
        timing: ClaimTiming = ClaimTiming(),
        using generator: inout some RandomNumberGenerator
    ) {
        let operation: NameServiceRequest.Operation =
            switch question {
            case .owner(let recursionDesired): .query(recursionDesired: recursionDesired || isBroadcast)
            case .nodeStatus: .nodeStatus
            }
        self.request = NameServiceRequest(
            transactionID: generator.next(),
            name: name,
            isBroadcast: isBroadcast,
            operation: operation
        )
        self.destination = destination
        self.timing = timing
    }

    /// The kinds of queries.
    public enum Question: Hashable, Sendable {
        /// The owners of the name; a name server is queried with recursion desired, a node without.
        case owner(recursionDesired: Bool)
        /// The names of its owner.
        case nodeStatus
    }

    /// The most answers that are kept.
    static let maximumAnswers = 256
}

// MARK: - Events

extension NameQuery {
    /// Whether the query has ended, with or without a response.
    public var isFinished: Bool { self.sent > 0 && self.deadline == nil }

    /// Sends the request for the first time.
    public mutating func start(at now: Duration) -> Action {
        self.start = now
        return self.send(at: now)
    }

    /// Advances the time to `now`.
    public mutating func advance(to now: Duration) -> Action {
        guard let deadline = self.deadline else { return .finish }
        guard deadline <= now else { return .wait }
        guard self.answers.isEmpty, self.sent < self.tries, now < self.end else { return self.finish() }
        return self.send(at: now)
    }

    /// Processes a response from `host`. One that does not match the request is ignored.
    public mutating func received(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        at now: Duration
    ) -> Action {
        guard self.deadline != nil else { return .finish }
        guard response.transactionID == self.request.transactionID, response.name == self.request.name,
            self.request.isBroadcast || host == self.destination.address
        else { return .wait }
        switch response.answer {
        case .wait(let seconds, _):
            if !self.request.isBroadcast, let deadline = self.deadline {
                self.deadline = max(deadline, min(now + .seconds(Int64(seconds)), self.end))
            }
            return .wait
        case .addresses, .queryRefused, .redirect:
            guard self.request.operation != .nodeStatus else { return .wait }
            if self.request.isBroadcast, case .queryRefused = response.answer { return .wait }
        case .nodeStatus:
            guard self.request.operation == .nodeStatus else { return .wait }
        case .registered, .registrationRefused, .challenge, .released, .releaseRefused:
            return .wait
        }
        if self.answers.count < Self.maximumAnswers, !self.answers.contains(where: { $0.host == host }) {
            self.answers.append(Reply(host: host, answer: response.answer))
        }
        return self.request.isBroadcast ? .wait : self.finish()
    }

    private var tries: Int { self.request.isBroadcast ? self.timing.broadcastCount : self.timing.unicastCount }

    private var interval: Duration {
        self.request.isBroadcast ? self.timing.broadcastInterval : self.timing.unicastInterval
    }

    /// When it is over, whatever comes in.
    private var end: Duration { self.start + max(ClaimTiming.longestWait, self.interval * self.tries) }

    private mutating func send(at now: Duration) -> Action {
        self.sent += 1
        self.deadline = min(now + self.interval, self.end)
        return .send
    }

    private mutating func finish() -> Action {
        self.deadline = nil
        return .finish
    }
}
