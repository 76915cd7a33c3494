/// How many packets a node received and sent, by what they were and what became of them.
public struct NameServiceCounters: Hashable, Sendable {
    /// What a packet was.
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
        /// A response of whatever kind.
        case response
        /// An announcement to browsers.
        case announcement
        /// A datagram of the datagram service.
        case datagram
        /// Not a packet.
        case malformed
    }

    /// What became of a packet.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Received and answered.
        case answered
        /// Received, and there was nothing to do.
        case ignored
        /// Received, and it changed something.
        case accepted
        /// Broadcast by a host outside of the interface's network, and dropped.
        case offLink = "off_link"
        /// Our own, come back to us.
        case own
        /// From an address or a port that is never answered.
        case badSource = "bad_source"
        /// More than a host is allowed; dropped.
        case limited
        /// Sent by us.
        case sent
    }

    /// A count for each pair: all outcomes of the first kind, then those of the second.
    private var counts = [Int](repeating: 0, count: Kind.allCases.count * outcomeCount)

    /// How many outcomes there are.
    private static let outcomeCount = Outcome.allCases.count

    /// Where the count of a pair stands.
    private static func place(_ kind: Kind, _ outcome: Outcome) -> Int {
        kind.place * Self.outcomeCount + outcome.place
    }

    /// No packets.
    public init() {}

    /// How many packets of the kind had the outcome.
    public internal(set) subscript(kind: Kind, outcome: Outcome) -> Int {
        get { self.counts[Self.place(kind, outcome)] }
        set { self.counts[Self.place(kind, outcome)] = newValue }
    }

    /// Adds the counts of another node.
    public mutating func add(_ other: NameServiceCounters) {
        for place in self.counts.indices { self.counts[place] += other.counts[place] }
    }
}

extension NameServiceCounters.Kind {
    /// Its place among all kinds.
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

    /// What a datagram that is not read seems to be, from its first three bytes.
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
    /// Its place among all outcomes.
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
    /// What the request is counted as.
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
