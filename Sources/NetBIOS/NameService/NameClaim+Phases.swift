// The phases and actions of a claim.

extension NameClaim {
    /// The states of the diagram; a name that is gone has no claim.
    enum Phase: Hashable, Sendable {
        /// `sent` registrations were broadcast with the id.
        case claiming(transactionID: UInt16, sent: Int)
        /// The name servers are being asked.
        case registering
        /// Owned; `isAnnounced` once the overwrite demand was sent.
        case owned(transactionID: UInt16, isAnnounced: Bool)
        /// Owned; `sent` queries were sent to the host that claims to hold it.
        case verifying(transactionID: UInt16, holder: IPv4Address, sent: Int)
        /// Held by another host.
        case conflict(holder: IPv4Address)
        /// `sent` releases were broadcast with the id.
        case releasing(transactionID: UInt16, sent: Int)
    }

    /// The caller's work after an event.
    enum Action: Hashable, Sendable {
        /// Nothing, until the deadline.
        case none
        /// Call ``send(at:timing:)`` as soon as the rate limit allows.
        case broadcast
        /// Register the name with the name servers.
        case register
        /// The name is owned: answer for it, defend it and report it; with `isBroadcast`, broadcast as above.
        case own(isBroadcast: Bool)
        /// Call ``send(at:timing:)`` when the pace allows, for a name query to the holder under the id, by unicast; or
        /// ``awaitTurn()`` and then ``send(at:timing:)``.
        case ask(holder: IPv4Address, transactionID: UInt16)
        /// The name is not owned: do not answer for it or defend it. Report it if `isNews`.
        case conflict(holder: IPv4Address, wasOwned: Bool, isNews: Bool)
        /// The name is gone: forget the claim and report it.
        case released
    }

    /// A packet of a claim. All registrations of one claim share an id, and so do its releases.
    enum Message: Hashable, Sendable {
        /// A registration request (§4.2.2).
        case registration(transactionID: UInt16)
        /// An overwrite demand (§4.2.3).
        case overwrite(transactionID: UInt16)
        /// A release demand (§4.2.9); the claim ends with the last one.
        case release(transactionID: UInt16, isLast: Bool)
        /// A name query to the alleged holder of the name (§4.2.12).
        case question(holder: IPv4Address, transactionID: UInt16)
    }
}

extension NameClaim {
    /// The state for reports.
    var state: NameState {
        switch self.phase {
        case .claiming, .registering: self.holder.map { .conflict(holder: $0) } ?? .claiming
        case .owned, .verifying: .owned
        case .conflict(let holder): .conflict(holder: holder)
        case .releasing: .releasing
        }
    }

    /// Whether the name is owned, to be answered for and defended.
    var isOwned: Bool {
        switch self.phase {
        case .owned, .verifying: true
        case .claiming, .registering, .conflict, .releasing: false
        }
    }

    /// Whether an alleged holder is being queried.
    var isVerifying: Bool { if case .verifying = self.phase { true } else { false } }

    /// Whether a node of the type has the name registered at the name servers now, or tries to.
    func isRegistrable(as nodeType: NodeType) -> Bool {
        switch self.phase {
        case .registering, .owned, .verifying: nodeType != .broadcast
        case .claiming: nodeType == .hybrid
        case .conflict, .releasing: false
        }
    }
}
