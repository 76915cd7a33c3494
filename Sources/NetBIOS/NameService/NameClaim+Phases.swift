// What a claim can be doing, and what its owner hears of it.

extension NameClaim {
    /// The states of the drawing; a name that is gone has no claim.
    enum Phase: Hashable, Sendable {
        /// `sent` registrations went out under the id.
        case claiming(transactionID: UInt16, sent: Int)
        /// The name servers are asked.
        case registering
        /// Ours; `isAnnounced` once the overwrite demand went out.
        case owned(transactionID: UInt16, isAnnounced: Bool)
        /// Ours still; `sent` queries went to the host that is said to hold it.
        case verifying(transactionID: UInt16, holder: IPv4Address, sent: Int)
        /// Another host's.
        case conflict(holder: IPv4Address)
        /// `sent` releases went out under the id.
        case releasing(transactionID: UInt16, sent: Int)
    }

    /// What the owner of the claim is to do after an event.
    enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case none
        /// Call ``send(at:timing:)`` as soon as the pace allows.
        case broadcast
        /// Have the name registered at the name servers.
        case register
        /// The name is ours: answer and defend it, and report it; with `isBroadcast`, broadcast as above.
        case own(isBroadcast: Bool)
        /// Send the holder a name query under the id, by unicast.
        case ask(holder: IPv4Address, transactionID: UInt16)
        /// The name is not ours: neither answer nor defend it. Report it when it is news.
        case conflict(holder: IPv4Address, wasOwned: Bool, isNews: Bool)
        /// The name is gone: forget the claim and report it.
        case released
    }

    /// What a claim broadcasts. All of one claim's registrations have one id, and its releases have one.
    enum Broadcast: Hashable, Sendable {
        /// A registration request (§4.2.2).
        case registration(transactionID: UInt16)
        /// An overwrite demand (§4.2.3).
        case overwrite(transactionID: UInt16)
        /// A release demand (§4.2.9); after the last one the claim is gone.
        case release(transactionID: UInt16, isLast: Bool)
    }
}

extension NameClaim {
    /// Where the claim stands, for people.
    var state: NameState {
        switch self.phase {
        case .claiming, .registering: self.holder.map { .conflict(holder: $0) } ?? .claiming
        case .owned, .verifying: .owned
        case .conflict(let holder): .conflict(holder: holder)
        case .releasing: .releasing
        }
    }

    /// Whether the name is ours, to be answered and defended.
    var isOwned: Bool {
        switch self.phase {
        case .owned, .verifying: true
        case .claiming, .registering, .conflict, .releasing: false
        }
    }

    /// Whether a node of the type has the name registered at the name servers now, or tries to.
    func isRegistrable(as nodeType: NodeType) -> Bool {
        switch self.phase {
        case .registering, .owned, .verifying: nodeType != .broadcast
        case .claiming: nodeType == .hybrid
        case .conflict, .releasing: false
        }
    }
}
