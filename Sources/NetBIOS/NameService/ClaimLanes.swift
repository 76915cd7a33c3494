/// Where claims wait for their turn to send. Finishing what was begun comes first, so that names are ours early.
struct ClaimLanes: Sendable {
    /// One turn.
    struct Place: Sendable {
        /// Whose turn it is.
        let name: QualifiedName
        /// Whether it is the broadcast area's or the name server's.
        let audience: Audience
        /// What tells a turn that still counts from one that was given up.
        let ticket: Int
    }

    /// Whom a claim wants to send to.
    enum Audience: Hashable, Sendable {
        case everybody, nameServer
    }

    /// The lanes, in the order in which they are emptied.
    enum Lane: Hashable, Sendable, CaseIterable {
        /// Claims under way, and questions.
        case begun
        /// Releases.
        case release
        /// Claims that have sent nothing yet.
        case fresh
        /// Overwrite demands: they say that a name is ours, and it is without them.
        case announcement
        /// Refreshes, for which there is time.
        case refresh
    }

    private var begun = Queue<Place>()
    private var releases = Queue<Place>()
    private var fresh = Queue<Place>()
    private var announcements = Queue<Place>()
    private var refreshes = Queue<Place>()

    /// Whether nobody waits.
    var isEmpty: Bool {
        self.begun.isEmpty && self.releases.isEmpty && self.fresh.isEmpty && self.announcements.isEmpty
            && self.refreshes.isEmpty
    }

    /// Adds a turn at the end of a lane.
    mutating func append(_ place: Place, to lane: Lane) {
        switch lane {
        case .begun: self.begun.append(place)
        case .release: self.releases.append(place)
        case .fresh: self.fresh.append(place)
        case .announcement: self.announcements.append(place)
        case .refresh: self.refreshes.append(place)
        }
    }

    /// Takes out the next turn.
    mutating func popFirst() -> Place? {
        self.begun.popFirst() ?? self.releases.popFirst() ?? self.fresh.popFirst() ?? self.announcements.popFirst()
            ?? self.refreshes.popFirst()
    }
}

extension NameClaim.Phase {
    /// The lane in which a claim of the phase waits.
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
    /// The lane in which a registration of the phase waits.
    var lane: ClaimLanes.Lane {
        switch self {
        case .registering(.refresh, _, _, _): .refresh
        case .registering(.single(holder: nil), _, _, sent: 0), .confirming(.registration, _, _, sent: 0): .fresh
        case .registering, .challenging, .confirming, .idle, .registered: .begun
        case .releasing: .release
        }
    }
}
