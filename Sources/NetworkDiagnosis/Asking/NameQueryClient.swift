import Glibc
import Sockets
public import NetBIOS

/// Client of the name service: finds the owners of names and the name tables of nodes, with sockets of its own.
///
/// Needs no privileges and no running router. All destinations are queried concurrently; each gets a query for a name
/// at most three times (RFC 1002 §6), and at most some 66 new ones a second.
public struct NameQueryClient: Sendable {
    /// The destination port.
    public var port = NameServiceEndpoint.standardPort
    /// The source port; 0 for any free one.
    ///
    /// The oldest hosts respond to port 137 whatever the source port. Binding it requires root, and no other name
    /// service on this host.
    public var sourcePort: UInt16 = 0
    /// The retransmission intervals and counts.
    public var timing = ClaimTiming()
    /// The time limit for everything; responses until then are the result.
    public var limit: Duration?

    /// Makes a client with the RFC's ports and times, and no limit: 750 ms for a broadcast, 15 s for a silent host.
    public init() {}

    /// The result for one destination.
    public struct Report: Sendable {
        public let place: QueryDestination
        /// The query for each name, in order, with its responses.
        public let queries: [NameQuery]
        /// The failure to send, or the rejection of a query.
        public let failure: QueryFailure?

        /// Whether the query was sent.
        public var wasAsked: Bool { self.failure?.wasAsked ?? true }
    }

    /// Queries every destination for each name.
    ///
    /// - Returns: The results in the order of the destinations, after the last one has responded or timed out.
    public func ask(
        _ question: NameQuery.Question,
        about names: [QualifiedName],
        at places: [QueryDestination]
    ) async -> [Report] {
        do throws(SystemCallError) {
            return try await DiagnosisThreads.run { self.askAndWait(question, names, places) }
        } catch {
            let failure = QueryFailure(
                errorNumber: EAGAIN,
                sourcePort: self.sourcePort,
                port: self.port
            )
            return places.map { Report(place: $0, queries: [], failure: failure) }
        }
    }

    /// Finds the owners of each name, by broadcast and from name servers with recursion desired.
    ///
    /// - Returns: The result for each destination.
    public func owners(of names: [QualifiedName], at places: [QueryDestination]) async -> [Report] {
        await self.ask(.owner(recursionDesired: true), about: names, at: places)
    }
}

// MARK: - Waiting

extension NameQueryClient {
    /// Sends queries and receives responses until none is outstanding.
    private func askAndWait(
        _ question: NameQuery.Question,
        _ names: [QualifiedName],
        _ places: [QueryDestination]
    ) -> [Report] {
        let start = Self.now
        let conversations = places.map { Conversation(at: $0, question, about: names, asker: self) }
        while true {
            let now = Self.now
            for conversation in conversations { conversation.advance(to: now) }
            let open = conversations.filter(\.isOpen)
            let deadlines = open.compactMap(\.nextDeadline) + (self.limit.map { [start + $0] } ?? [])
            guard !open.isEmpty, let deadline = deadlines.min(), self.limit.map({ now < start + $0 }) ?? true else {
                return conversations.map(\.report)
            }
            var descriptors = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            poll(&descriptors, nfds_t(descriptors.count), (deadline - now).pollMilliseconds)
            for (conversation, descriptor) in zip(open, descriptors) where descriptor.revents != 0 {
                conversation.receive(at: Self.now)
            }
        }
    }

    private static var now: Duration { .nanoseconds(MonotonicTime.now().nanoseconds) }
}

extension Duration {
    /// The timeout for poll(2): rounded up, and never negative.
    fileprivate var pollMilliseconds: CInt {
        let (seconds, attoseconds) = self.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return CInt(clamping: min(seconds, 3600) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
