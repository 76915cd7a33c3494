/// Places of the connections of one listener: which are served, which wait, and which end for others.
///
/// ```text
/// waiting ──place──▶ reading ──request──▶ making ──first part──▶ answering ──▶ closed
///                      └──idle, others wait──▶ closed ◀──idle, others wait──┘
/// ```
///
/// An answer that has begun is ended for others only where its client has taken nothing of it for ``answerPatience``. One
/// source has at most half of the places. The newest that waits is served first, and the oldest ends where too many wait: who
/// holds connections shuts nobody out.
struct ConnectionPlaces<ID: Hashable, Source: Hashable> {
    typealias Instant = ContinuousClock.Instant

    private enum Phase: Hashable {
        case waiting, reading, making, answering
    }

    private struct Connection {
        let id: ID
        /// `nil` where all are one user's.
        let source: Source?
        var phase = Phase.waiting
        var lastProgress: Instant
    }

    /// The oldest first; ``limit`` and ``waitingLimit`` at most.
    private var connections: [Connection] = []

    /// Connections that are served at one time.
    static var limit: Int { 32 }
    /// Those of one source.
    static var sourceLimit: Int { 16 }
    /// Connections that wait for a place; for one more the oldest of them ends.
    static var waitingLimit: Int { 96 }
    /// Those of one source.
    static var sourceWaitingLimit: Int { 64 }
    /// The time without a request after which a connection may end for one that waits.
    static var requestPatience: Duration { .milliseconds(250) }
    /// The time in which nothing of an answer is taken after which it may end for a connection that waits.
    static var answerPatience: Duration { .seconds(5) }

    /// Adds a connection, which waits until ``next(now:)`` starts it.
    ///
    /// - Returns: The connection that ends for it.
    mutating func open(_ id: ID, from source: Source?, now: Instant) -> ID? {
        let waiting = self.connections.filter { $0.phase == .waiting }
        let own = waiting.filter { $0.source == source }
        let isOverShare = source != nil && own.count >= Self.sourceWaitingLimit
        let crowd = isOverShare ? own : waiting.count >= Self.waitingLimit ? waiting : []
        let ended = crowd.first?.id
        if let ended { self.close(ended) }
        self.connections.append(Connection(id: id, source: source, lastProgress: now))
        return ended
    }

    /// The request of a connection is complete; the answer is being made.
    mutating func requested(_ id: ID) {
        guard let index = self.connections.firstIndex(where: { $0.id == id }) else { return }
        self.connections[index].phase = .making
    }

    /// The answer begins, or a part of it was taken.
    mutating func progressed(_ id: ID, now: Instant) {
        guard let index = self.connections.firstIndex(where: { $0.id == id }) else { return }
        self.connections[index].phase = .answering
        self.connections[index].lastProgress = now
    }

    mutating func close(_ id: ID) {
        self.connections.removeAll { $0.id == id }
    }

    /// All connections.
    var ids: [ID] { self.connections.map(\.id) }

    /// Connections that start or end.
    struct Change: Equatable {
        var starts: [ID] = []
        var ends: [ID] = []
        /// Whether some still wait, so that it is worth asking again when others may have become idle.
        var isAnyWaiting = false
    }

    /// Gives places to connections that wait, those of idle ones where there is no other.
    mutating func next(now: Instant) -> Change {
        var change = Change()
        for id in self.connections.reversed().filter({ $0.phase == .waiting }).map(\.id) {
            guard let connection = self.connections.first(where: { $0.id == id }) else { continue }
            if let victim = self.obstacle(to: connection, now: now) {
                guard let victim = victim.idle else {
                    change.isAnyWaiting = true
                    continue
                }
                self.close(victim)
                change.ends.append(victim)
            }
            guard let index = self.connections.firstIndex(where: { $0.id == id }) else { continue }
            self.connections[index].phase = .reading
            self.connections[index].lastProgress = now
            change.starts.append(id)
        }
        return change
    }

    /// Returns `nil` where a place is free, else the connection that is idle the longest, if one is long enough.
    private func obstacle(to connection: Connection, now: Instant) -> (idle: ID?, Void)? {
        let served = self.connections.filter { $0.phase != .waiting }
        let own = served.filter { $0.source == connection.source }
        let isOverShare = connection.source != nil && own.count >= Self.sourceLimit
        guard isOverShare || served.count >= Self.limit else { return nil }
        let idle = (isOverShare ? own : served).filter { other in
            switch other.phase {
            case .waiting, .making: false
            case .reading: now - other.lastProgress >= Self.requestPatience
            case .answering: now - other.lastProgress >= Self.answerPatience
            }
        }
        return (idle.min { $0.lastProgress < $1.lastProgress }?.id, ())
    }
}
