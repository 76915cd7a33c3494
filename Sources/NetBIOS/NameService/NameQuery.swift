/// The asking side: finds the owners of a name, or asks a node for its names (RFC 1002 §5.1.1.3, §4.2.17).
///
/// ```
///   start ──▶ asking ──── all tries passed ───▶ finished
///               │  ▲                               ▲
///        answer │  │ WACK: wait longer             │ broadcast: the wait is over
///               ▼  │                               │ unicast: at once
///             answered ────────────────────────────┘
/// ```
///
/// A broadcast question goes on collecting until the wait in progress is over: several hosts may answer. A host that
/// was asked by unicast answers once, and only its answer counts.
public struct NameQuery: Hashable, Sendable {
    /// The question as it is sent, every time the same.
    public let request: NameServiceRequest
    /// Whom it is sent to: a host, or a broadcast address.
    public let destination: NameServiceEndpoint
    /// What was answered so far, in the order in which it came; one answer of each host.
    public private(set) var answers: [Reply] = []
    /// When ``advance(to:)`` is to be called; `nil` before the start and after the end.
    public private(set) var deadline: Duration?

    private let timing: ClaimTiming
    private var sent = 0
    /// When it was first sent.
    private var start: Duration = .zero

    /// What one host answered.
    public struct Reply: Hashable, Sendable {
        /// Who answered.
        public var host: IPv4Address
        /// What it answered.
        public var answer: NameServiceResponse.Answer
    }

    /// What is to be done after an event.
    public enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case wait
        /// Send the request to the destination.
        case send
        /// Nothing more; ``NameQuery/answers`` is complete, and empty when nobody answered in time.
        case finish
    }

    /// A question about `name`; `question` is a name query or a node status request.
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

    /// What can be asked about a name.
    public enum Question: Hashable, Sendable {
        /// Who owns it; by unicast, a name server is asked with recursion desired and a node without.
        case owner(recursionDesired: Bool)
        /// Which names its owner has.
        case nodeStatus
    }

    /// The longest that WACKs can make us wait for an answer in all, unless the tries take longer anyway.
    static let longestWait: Duration = .seconds(60)

    /// The most answers that are kept.
    static let maximumAnswers = 256
}

// MARK: - Events

extension NameQuery {
    /// Whether it was asked, and has its answer or was waited for long enough.
    public var isFinished: Bool { self.sent > 0 && self.deadline == nil }

    /// Begins: sends the request for the first time.
    public mutating func start(at now: Duration) -> Action {
        self.start = now
        return self.send(at: now)
    }

    /// Lets the time pass up to `now`.
    public mutating func advance(to now: Duration) -> Action {
        guard let deadline = self.deadline else { return .finish }
        guard deadline <= now else { return .wait }
        guard self.answers.isEmpty, self.sent < self.tries, now < self.end else { return self.finish() }
        return self.send(at: now)
    }

    /// Takes a response that came from `host`. One that is not an answer to this question changes nothing.
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
    private var end: Duration { self.start + max(Self.longestWait, self.interval * self.tries) }

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
