/// Priority queues of claims that wait to send. Claims in progress come first, so that names are owned early.
struct ClaimLanes: Sendable {
    /// An entry of a queue.
    struct Place: Sendable {
        /// The name of the claim.
        let name: QualifiedName
        /// The destination of the packet.
        let audience: Audience
        /// Distinguishes a current entry from a cancelled one.
        let ticket: Int
    }

    /// The destinations of a claim's packets.
    enum Audience: Hashable, Sendable {
        case everybody, nameServer
    }

    /// The queues, in order of priority.
    enum Lane: Hashable, Sendable, CaseIterable {
        /// Claims in progress, and queries.
        case begun
        /// Releases.
        case release
        /// New claims.
        case fresh
        /// Overwrite demands: they announce an owned name, which is owned without them.
        case announcement
        /// Refreshes, which are not urgent.
        case refresh
    }

    private var begun = Queue<Place>()
    private var releases = Queue<Place>()
    private var fresh = Queue<Place>()
    private var announcements = Queue<Place>()
    private var refreshes = Queue<Place>()

    /// Whether all queues are empty.
    var isEmpty: Bool {
        self.begun.isEmpty && self.releases.isEmpty && self.fresh.isEmpty && self.announcements.isEmpty
            && self.refreshes.isEmpty
    }

    /// Appends an entry to a queue.
    mutating func append(_ place: Place, to lane: Lane) {
        switch lane {
        case .begun: self.begun.append(place)
        case .release: self.releases.append(place)
        case .fresh: self.fresh.append(place)
        case .announcement: self.announcements.append(place)
        case .refresh: self.refreshes.append(place)
        }
    }

    /// Removes and returns the next entry.
    mutating func popFirst() -> Place? {
        self.begun.popFirst() ?? self.releases.popFirst() ?? self.fresh.popFirst() ?? self.announcements.popFirst()
            ?? self.refreshes.popFirst()
    }
}

extension NameClaim.Phase {
    /// The queue for a claim in this phase.
    var lane: ClaimLanes.Lane {
        switch self {
        case .claiming(_, sent: 0): .fresh
        case .owned: .announcement
        case .claiming, .registering, .verifying, .conflict: .begun
        case .releasing: .release
        }
    }
}

extension NameRegistration.Phase {
    /// The queue for a registration in this phase.
    var lane: ClaimLanes.Lane {
        switch self {
        case .registering(.refresh, _, _, _): .refresh
        case .registering(.single(holder: nil), _, _, sent: 0), .confirming(.registration, _, _, sent: 0): .fresh
        case .registering, .challenging, .confirming, .idle, .registered: .begun
        case .releasing: .release
        }
    }
}
