/// Queries for any number of names to one destination, at a limited rate: a ``NameQuery`` for each name.
///
/// The caller calls ``advance(to:)`` at the start and at each ``nextDeadline``, passes in responses, and after each
/// call sends the datagrams of ``nextTransmission()``. The inquiry ends when there is no deadline.
public struct NameInquiry: Sendable {
    /// The queries in the order of the names, with their responses so far.
    public private(set) var queries: [NameQuery]

    private let indices: [QualifiedName: Int]
    private var startedCount = 0
    private var timers = TimerQueue<Int>()
    private var transmissions = Queue<NameTransmission>()
    private var pace: TokenBucket

    /// New queries per second: including retransmissions, as many packets as a claim of the same names by default.
    private static let startsPerSecond = 66

    /// Makes the same query for each of `names`, without duplicates.
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
        self.pace = TokenBucket(rate: Self.startsPerSecond)
    }

    /// The time of the next call to ``advance(to:)``, which may have passed; `nil` when all queries have ended.
    public var nextDeadline: Duration? {
        let timer = self.timers.first?.deadline
        guard self.startedCount < self.queries.count else { return timer }
        return timer.map { min($0, self.pace.nextMoment) } ?? self.pace.nextMoment
    }

    /// Returns the next datagram to send, if any.
    public mutating func nextTransmission() -> NameTransmission? {
        self.transmissions.popFirst()
    }
}

// MARK: - Events

extension NameInquiry {
    /// Advances the time: sends, retransmits, times out.
    public mutating func advance(to now: Duration) {
        while let (deadline, index) = self.timers.first, deadline <= now {
            self.perform(self.queries[index].advance(to: now), for: index)
        }
        while self.startedCount < self.queries.count, self.pace.take(at: now) {
            self.startedCount += 1
            self.perform(self.queries[self.startedCount - 1].start(at: now), for: self.startedCount - 1)
        }
    }

    /// Processes a datagram from `host`. One that answers no query is ignored.
    public mutating func received(_ bytes: [UInt8], from host: IPv4Address, at now: Duration) {
        guard case .response(let response) = try? NameServicePacket(decoding: bytes),
            let index = self.indices[response.name]
        else { return }
        self.perform(self.queries[index].received(response, from: host, at: now), for: index)
    }

    private mutating func perform(_ action: NameQuery.Action, for index: Int) {
        let query = self.queries[index]
        switch action {
        case .send:
            self.transmissions.append(NameTransmission(destination: query.destination, packet: .request(query.request)))
        case .wait, .finish:
            break
        }
        self.timers.set(index, at: query.deadline)
    }
}
