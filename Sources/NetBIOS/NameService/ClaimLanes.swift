/// Packets that wait for their turn, in one queue for each purpose.
///
/// Turns go round in weighted rounds: in each, every lane has up to ``Lane/share`` turns, in the order of the lanes. A lane
/// that nobody waits in gives its turns to the others, so a place at position p of a lane waits for at most
/// p × ``roundLength`` / share turns, whatever fills the other lanes. Order within a lane is kept.
struct ClaimLanes: Sendable {
    /// An entry of a queue.
    struct Place: Sendable {
        /// The name whose turn it is.
        let name: QualifiedName
        /// Whether the claim sends, or the registration at a name server.
        let audience: Audience
        let lane: Lane
        /// Tells a place that counts from one that was given up.
        let ticket: Int
    }

    /// Where a packet goes.
    enum Audience: Hashable, Sendable {
        case everybody, nameServer
    }

    /// The purposes of packets, in the order in which a round serves them.
    enum Lane: Int, Hashable, Sendable, CaseIterable {
        /// Claims and registrations under way, so that names are owned early.
        case begun
        /// Releases.
        case release
        /// First packets of new claims.
        case fresh
        /// Refreshes at a name server.
        case refresh
        /// Registrations of owned names at a server that is new or has lost them.
        case renewal
        /// New attempts at names that another host held.
        case retry
        /// Questions to hosts that are said to hold an owned name.
        case verification
        /// Questions whether a name server still has a name.
        case check
        /// Overwrite demands: the name is owned without them.
        case announcement

        /// Turns in a round.
        var share: Int {
            switch self {
            case .begun: 16
            case .release, .fresh, .refresh: 8
            case .renewal: 4
            case .retry: 2
            case .verification, .check, .announcement: 1
            }
        }
    }

    /// Turns of a full round.
    static let roundLength = Lane.allCases.reduce(0) { $0 + $1.share }

    private var queues = [Queue<Place>](repeating: Queue(), count: Lane.allCases.count)
    /// The turns that are left to each lane in this round.
    private var credits = Lane.allCases.map(\.share)
    /// Places in memory, those that were given up included.
    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }

    /// Adds a turn at the end of its lane.
    mutating func append(_ place: Place) {
        self.queues[place.lane.rawValue].append(place)
        self.count += 1
    }

    /// Removes and returns the next turn, and charges it to its lane.
    mutating func popFirst() -> Place? {
        guard !self.isEmpty else { return nil }
        if let place = self.popFirstOfRound() { return place }
        for lane in Lane.allCases { self.credits[lane.rawValue] = lane.share }
        return self.popFirstOfRound()
    }

    private mutating func popFirstOfRound() -> Place? {
        for index in self.queues.indices where self.credits[index] > 0 {
            guard let place = self.queues[index].popFirst() else { continue }
            self.credits[index] -= 1
            self.count -= 1
            return place
        }
        return nil
    }

    /// Gives back a turn in which nothing was sent.
    mutating func giveBack(_ place: Place) {
        self.credits[place.lane.rawValue] = min(self.credits[place.lane.rawValue] + 1, place.lane.share)
    }
}

extension NameClaim {
    /// The lane in which the claim waits.
    var lane: ClaimLanes.Lane {
        switch self.phase {
        case .claiming(_, sent: 0): self.holder == nil ? .fresh : .retry
        case .claiming, .registering, .conflict: .begun
        case .owned: .announcement
        case .verifying: .verification
        case .releasing: .release
        }
    }
}

extension NameRegistration.Phase {
    /// The lane in which a registration of the phase waits.
    func lane(isOwned: Bool) -> ClaimLanes.Lane {
        switch self {
        case .releasing: .release
        case .registering(.refresh, _, _, _): .refresh
        case .confirming(.check, _, _, _): .check
        case .registering, .confirming, .challenging, .idle, .registered:
            isOwned ? .renewal : self.isFirst ? .fresh : .begun
        }
    }

    /// Whether nothing was sent yet in an attempt to register.
    private var isFirst: Bool {
        switch self {
        case .registering(.single(holder: nil), _, _, sent: 0), .confirming(.registration, _, _, sent: 0): true
        case .registering, .challenging, .confirming, .idle, .registered, .releasing: false
        }
    }
}
