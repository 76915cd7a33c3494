/// Where claims wait for their turn to broadcast. Finishing what was begun comes first, so that names are ours early.
struct ClaimLanes: Sendable {
    /// One turn.
    struct Place: Sendable {
        /// Whose turn it is.
        let name: QualifiedName
        /// What tells a turn that still counts from one that was given up.
        let ticket: Int
    }

    private var begun = Queue<Place>()
    private var releases = Queue<Place>()
    private var fresh = Queue<Place>()

    /// Whether nobody waits.
    var isEmpty: Bool { self.begun.isEmpty && self.releases.isEmpty && self.fresh.isEmpty }

    /// Adds a turn at the end of the lane that the phase of the claim belongs in.
    mutating func append(_ place: Place, for phase: NameClaim.Phase) {
        switch phase {
        case .claiming(_, sent: 0): self.fresh.append(place)
        case .claiming, .owned, .verifying, .conflict: self.begun.append(place)
        case .releasing: self.releases.append(place)
        }
    }

    /// Takes out the next turn.
    mutating func popFirst() -> Place? {
        self.begun.popFirst() ?? self.releases.popFirst() ?? self.fresh.popFirst()
    }
}
