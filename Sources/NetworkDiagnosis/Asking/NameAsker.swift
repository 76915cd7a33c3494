import Glibc
import Sockets
public import NetBIOS

/// The asking side: finds the owners of names, and the names of nodes, with sockets of its own.
///
/// Needs no privileges and no running router. All places are asked at once; each gets a name's question at most three times
/// (RFC 1002 §6), and of many names some 66 new ones a second.
public struct NameAsker: Sendable {
    /// The UDP port that is asked.
    public var port = NameServiceEndpoint.standardPort
    /// The UDP port that is asked from; 0 for any that is free.
    ///
    /// The oldest hosts answer to port 137 whoever asks. It takes root, and no other name service on this host.
    public var sourcePort: UInt16 = 0
    /// How long to wait for answers, and how often to ask.
    public var timing = ClaimTiming()
    /// The longest that it all takes, whatever a name server says; what has come until then is the result.
    public var limit: Duration?

    /// The RFC's ports and times, without a limit: 750 ms for a name that nobody on a network owns, 15 s for a host that is silent.
    public init() {}

    /// What one place said.
    public struct Report: Sendable {
        public let place: AskedPlace
        /// The question about each name, in order, with its answers; none where nobody answered.
        public let queries: [NameQuery]
        /// Why the place was not asked, or that it sent the question back.
        public let failure: AskingFailure?

        /// Whether the question was sent there.
        public var wasAsked: Bool { self.failure?.wasAsked ?? true }
    }

    /// Asks every place the same about each name.
    ///
    /// - Returns: What each place said, in the order of the places, when the last one has answered or was waited for.
    public func ask(
        _ question: NameQuery.Question,
        about names: [QualifiedName],
        at places: [AskedPlace]
    ) async -> [Report] {
        guard let thread = try? BlockingPool(threadCount: 1) else { return self.askAndWait(question, names, places) }
        return await thread.run { self.askAndWait(question, names, places) }
    }

    /// Who owns each name: by broadcast, or asked of name servers and with recursion desired.
    ///
    /// - Returns: What each place said.
    public func owners(of names: [QualifiedName], at places: [AskedPlace]) async -> [Report] {
        await self.ask(.owner(recursionDesired: true), about: names, at: places)
    }
}

// MARK: - Waiting

extension NameAsker {
    /// Asks, and returns when nothing is left to wait for.
    private func askAndWait(
        _ question: NameQuery.Question,
        _ names: [QualifiedName],
        _ places: [AskedPlace]
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
    /// As poll(2) wants it: never too short, and never negative.
    fileprivate var pollMilliseconds: CInt {
        let (seconds, attoseconds) = self.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return CInt(clamping: min(seconds, 3600) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
