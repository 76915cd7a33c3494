/// Counters of the packets of a node, by kind and outcome.
public struct NameServiceCounters: Hashable, Sendable {
    /// The kind of a packet.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A name query request.
        case query
        /// A node status request.
        case nodeStatus = "node_status"
        /// A registration, of one address or of several.
        case registration
        /// An overwrite request or demand.
        case overwrite
        /// A refresh.
        case refresh
        /// A release.
        case release
        /// A response.
        case response
        /// An announcement to browsers.
        case announcement
        /// A datagram of the datagram service.
        case datagram
        /// An invalid packet.
        case malformed
    }

    /// The outcome of a packet.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Received and answered.
        case answered
        /// Received without effect.
        case ignored
        /// Received with effect.
        case accepted
        /// Broadcast from outside the interface's network; dropped.
        case offLink = "off_link"
        /// Sent by this node itself, and received back.
        case own
        /// From an address or a port that never gets a response.
        case badSource = "bad_source"
        /// Over the limit for its source; dropped.
        case limited
        /// Sent by this node.
        case sent
    }

    /// The counters of all pairs: all outcomes of the first kind, then of the second, and so on.
    private var counts = [Int](repeating: 0, count: Kind.allCases.count * outcomeCount)

    /// The number of outcomes.
    private static let outcomeCount = Outcome.allCases.count

    /// Returns the index of a pair's counter.
    private static func place(_ kind: Kind, _ outcome: Outcome) -> Int {
        kind.place * Self.outcomeCount + outcome.place
    }

    /// Makes counters at zero.
    public init() {}

    /// The number of packets of a kind with an outcome.
    public internal(set) subscript(kind: Kind, outcome: Outcome) -> Int {
        get { self.counts[Self.place(kind, outcome)] }
        set { self.counts[Self.place(kind, outcome)] = newValue }
    }

    /// Adds the counters of another node.
    public mutating func add(_ other: NameServiceCounters) {
        for place in self.counts.indices { self.counts[place] += other.counts[place] }
    }
}

extension NameServiceCounters.Kind {
    /// Its index.
    fileprivate var place: Int {
        switch self {
        case .query: 0
        case .nodeStatus: 1
        case .registration: 2
        case .overwrite: 3
        case .refresh: 4
        case .release: 5
        case .response: 6
        case .announcement: 7
        case .datagram: 8
        case .malformed: 9
        }
    }

    /// Guesses the kind of a datagram that is not decoded, from its first three bytes.
    init(unread bytes: [UInt8]) {
        guard bytes.count > 2 else {
            self = .malformed
            return
        }
        let opcode = NameServiceHeader.Opcode(rawValue: bytes[2] >> 3 & 0x0F)
        if NameServicePacket.isResponse(bytes) {
            self = .response
        } else {
            self =
                switch opcode {
                case .query: .query
                case .registration, .multihomedRegistration: .registration
                case .release: .release
                case .refresh, .refreshAsPrinted: .refresh
                case .waitForAcknowledgement, nil: .malformed
                }
        }
    }
}

extension NameServiceCounters.Outcome {
    /// Its index.
    fileprivate var place: Int {
        switch self {
        case .answered: 0
        case .ignored: 1
        case .accepted: 2
        case .offLink: 3
        case .own: 4
        case .badSource: 5
        case .limited: 6
        case .sent: 7
        }
    }
}

extension NameServiceRequest.Operation {
    /// The kind under which the request is counted.
    var counted: NameServiceCounters.Kind {
        switch self {
        case .query: .query
        case .nodeStatus: .nodeStatus
        case .registration, .multihomedRegistration: .registration
        case .overwrite: .overwrite
        case .refresh: .refresh
        case .release: .release
        }
    }
}
