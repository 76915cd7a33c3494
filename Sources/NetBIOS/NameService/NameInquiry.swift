/// Questions about any number of names, put to one place at a bounded rate: a ``NameQuery`` for each name.
///
/// It does nothing by itself. Whoever runs it calls ``advance(to:)`` once at the start and then at each ``nextDeadline``, hands
/// in what comes back, and after each call sends what ``nextTransmission()`` gives. It is over when there is no deadline.
public struct NameInquiry: Sendable {
    /// The questions in the order of the names, each with its answers so far.
    public private(set) var queries: [NameQuery]

    private let indices: [QualifiedName: Int]
    private var startedCount = 0
    private var timers = TimerQueue<Int>()
    private var transmissions = Queue<NameTransmission>()
    private var pace: Pace

    /// New questions a second: with their repetitions, as many packets as a claim of the same names has by default.
    private static let startsPerSecond = 66

    /// Asks the same question about each of `names`; of equal ones once.
    public init(
        _ names: [QualifiedName],
        _ question: NameQuery.Question,
        to destination: NameServiceEndpoint,
        isBroadcast: Bool,
        timing: ClaimTiming = ClaimTiming(),
        using generator: inout some RandomNumberGenerator
    ) {
        var queries: [NameQuery] = []
        var indices: [QualifiedName: Int] = [:]
        for name in names where indices[name] == nil {
            indices[name] = queries.count
            queries.append(
                NameQuery(name, question, to: destination, isBroadcast: isBroadcast, timing: timing, using: &generator)
            )
        }
        self.queries = queries
        self.indices = indices
        self.pace = Pace(rate: Self.startsPerSecond)
    }

    /// When ``advance(to:)`` is to be called next, perhaps a moment that has passed; `nil` when every question is over.
    public var nextDeadline: Duration? {
        let timer = self.timers.first?.deadline
        guard self.startedCount < self.queries.count else { return timer }
        return timer.map { min($0, self.pace.nextMoment) } ?? self.pace.nextMoment
    }

    /// The next datagram to send; `nil` when there is none now.
    public mutating func nextTransmission() -> NameTransmission? {
        self.transmissions.popFirst()
    }
}

// MARK: - Events

extension NameInquiry {
    /// Lets the time pass up to `now`: asks, asks again, gives up.
    public mutating func advance(to now: Duration) {
        while let (deadline, index) = self.timers.first, deadline <= now {
            self.timers.removeFirst()
            // A timer that its question no longer waits for says nothing.
            if self.queries[index].deadline == deadline {
                self.perform(self.queries[index].advance(to: now), for: index)
            }
        }
        while self.startedCount < self.queries.count, self.pace.take(at: now) {
            self.startedCount += 1
            self.perform(self.queries[self.startedCount - 1].start(at: now), for: self.startedCount - 1)
        }
        self.forgetStaleTimers()
    }

    /// Takes a datagram that came from `host`. One that answers none of the questions changes nothing.
    public mutating func received(_ bytes: [UInt8], from host: IPv4Address, at now: Duration) {
        guard case .response(let response) = try? NameServicePacket(decoding: bytes),
            let index = self.indices[response.name]
        else { return }
        let before = self.queries[index].deadline
        let action = self.queries[index].received(response, from: host, at: now)
        if self.queries[index].deadline != before { self.perform(action, for: index) }
        self.forgetStaleTimers()
    }

    private mutating func perform(_ action: NameQuery.Action, for index: Int) {
        let query = self.queries[index]
        switch action {
        case .send:
            self.transmissions.append(NameTransmission(destination: query.destination, packet: .request(query.request)))
        case .wait, .finish:
            break
        }
        if let deadline = query.deadline { self.timers.insert(index, at: deadline) }
    }

    /// Takes out what no question waits for any more, so that the first timer is one that counts.
    private mutating func forgetStaleTimers() {
        while let (deadline, index) = self.timers.first, self.queries[index].deadline != deadline {
            self.timers.removeFirst()
        }
    }
}
