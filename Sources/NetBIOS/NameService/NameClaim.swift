/// The state machine of one name of an end node (RFC 1002 §5.1).
///
/// ```
///              start                     release
///                │                  ┌───────────────▶ gone
///                ▼    objection     │
///   ┌───────▶ claiming ─────▶ conflict ◀───────────────────┐
///   │ retry      │               │                         │ the holder says
///   └────────────│───────────────┘                         │ that it owns it
///                │ the last wait passes     objection      │
///                └──────────────────▶ owned ──────▶ verifying
///                                      │  ▲  denied, or   │
///                              release │  └── no answer ──┘
///                                      ▼        release   │
///                                  releasing ◀────────────┘
///                                      │ the last broadcast is sent
///                                      ▼
///                                    gone
/// ```
/// This is a B node. The other types have another state, registering, in which a ``NameRegistration`` runs at the name
/// servers: for M after claiming, for P and H instead of it. If granted, the name is owned. If refused, then or later,
/// it is in conflict. While no name server responds, M owns the name, H continues with claiming, and P waits.
/// While no name server answers, M owns the name, H goes on to claiming, and P waits.
///
/// Claiming and releasing are three broadcasts each, with one transaction id. The claim requests a broadcast with
/// ``Action/broadcast``, and the caller calls ``send(at:timing:)`` when the rate limit allows; timeouts start then. An
/// objection with the claim's id ends a claim in progress. Any other objection may be forged, so the host that claims
/// to hold the name is queried first.
struct NameClaim: Hashable, Sendable {
    /// The name and its advertised address.
    private(set) var advertised: AdvertisedName
    /// The phase of the claim.
    private(set) var phase: Phase
    /// Whether the name was broadcast as owned, so that its release must be broadcast as well.
    private(set) var isBroadcast = false
    /// The time of the next call to ``timeOut(at:timing:using:)``, if any.
    private(set) var deadline: Duration?
    /// The number of failed attempts since the name was last owned.
    private var failures = 0
    /// The host that made the last attempt fail, until the name is owned.
    private(set) var holder: IPv4Address?
    /// When the holder first released the name, of the last series that led to an early attempt.
    private var firstRelease: Duration?

    /// Makes a claim, to be started by ``begin(as:transactionID:)``.
    init(_ advertised: AdvertisedName) {
        self.advertised = advertised
        self.phase = .registering
    }

    /// Starts an attempt to claim the name.
    mutating func begin(as nodeType: NodeType, transactionID: UInt16) -> Action {
        self.deadline = nil
        switch nodeType {
        case .broadcast, .mixed:
            self.phase = .claiming(transactionID: transactionID, sent: 0)
            return .broadcast
        case .point, .hybrid:
            self.phase = .registering
            return .register
        }
    }
}

// MARK: - Time

extension NameClaim {
    /// The pace allows one packet now. Returns what to send; `nil` when nothing is wanted any more.
    mutating func send(at now: Duration, timing: ClaimTiming) -> Message? {
        switch self.phase {
        case .claiming(let transactionID, let sent) where sent < timing.broadcastCount:
            self.phase = .claiming(transactionID: transactionID, sent: sent + 1)
            self.isBroadcast = true
            self.deadline = now + timing.broadcastInterval
            return .registration(transactionID: transactionID)
        case .owned(let transactionID, isAnnounced: false):
            self.phase = .owned(transactionID: transactionID, isAnnounced: true)
            self.isBroadcast = true
            return .overwrite(transactionID: transactionID)
        case .releasing(let transactionID, let sent) where sent < timing.broadcastCount:
            self.phase = .releasing(transactionID: transactionID, sent: sent + 1)
            let isLast = sent + 1 == timing.broadcastCount
            self.deadline = isLast ? nil : now + timing.broadcastInterval
            return .release(transactionID: transactionID, isLast: isLast)
        case .verifying(let transactionID, let holder, _):
            self.deadline = now + timing.unicastInterval
            return .question(holder: holder, transactionID: transactionID)
        case .claiming, .registering, .owned, .releasing, .conflict:
            return nil
        }
    }

    /// The pace does not allow a question yet: its time counts from when it is sent.
    mutating func awaitTurn() {
        if self.isVerifying { self.deadline = nil }
    }

    /// A request for the name was sent to a name server, which has ``ClaimTiming/longestWait`` to settle it. After that an H
    /// node claims the name by broadcast, and an M node that has done so owns it; the request goes on.
    mutating func nameServerAsked(at now: Duration) {
        if case .registering = self.phase, self.deadline == nil { self.deadline = now + ClaimTiming.longestWait }
    }

    /// The deadline has come.
    mutating func timeOut(
        at now: Duration,
        as nodeType: NodeType,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        self.deadline = nil
        switch self.phase {
        case .claiming(let transactionID, let sent):
            guard sent >= timing.broadcastCount else { return .broadcast }
            guard nodeType != .mixed else {
                self.phase = .registering
                return .register
            }
            return self.own(transactionID: transactionID, isAnnounced: false)
        case .verifying(let transactionID, let holder, let sent):
            guard sent < timing.unicastCount else {
                self.phase = .owned(transactionID: transactionID, isAnnounced: true)
                return .none
            }
            self.phase = .verifying(transactionID: transactionID, holder: holder, sent: sent + 1)
            self.deadline = now + timing.unicastInterval
            return .ask(holder: holder, transactionID: transactionID)
        case .conflict:
            return self.begin(as: nodeType, transactionID: generator.next())
        case .releasing:
            return .broadcast
        case .registering:
            return self.unreachable(as: nodeType, transactionID: generator.next())
        case .owned:
            return .none
        }
    }

    /// The name is now owned.
    private mutating func own(transactionID: UInt16, isAnnounced: Bool) -> Action {
        self.phase = .owned(transactionID: transactionID, isAnnounced: isAnnounced)
        self.deadline = nil
        self.failures = 0
        self.holder = nil
        return .own(isBroadcast: !isAnnounced)
    }
}

// MARK: - Name servers

extension NameClaim {
    /// A name server has registered the name (RFC 1002 §5.1.2.1). A name that was broadcast before is announced as
    /// owned, too.
    mutating func registered(transactionID: UInt16) -> Action {
        switch self.phase {
        case .registering, .claiming:
            return self.own(transactionID: transactionID, isAnnounced: !self.isBroadcast)
        case .owned, .verifying, .conflict, .releasing:
            return .none
        }
    }

    /// No name server responds.
    mutating func unreachable(as nodeType: NodeType, transactionID: UInt16) -> Action {
        guard case .registering = self.phase else { return .none }
        self.deadline = nil
        switch nodeType {
        case .mixed where self.isBroadcast:
            return self.own(transactionID: transactionID, isAnnounced: false)
        case .broadcast, .mixed, .hybrid:
            self.phase = .claiming(transactionID: transactionID, sent: 0)
            return .broadcast
        case .point:
            return .none
        }
    }

    /// A name server refuses the name, or has it for another host.
    mutating func refused(
        for holder: IPv4Address,
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        switch self.phase {
        case .registering, .claiming:
            return self.lose(to: holder, wasOwned: false, at: now, timing: timing, using: &generator)
        case .owned, .verifying:
            return self.lose(to: holder, wasOwned: true, at: now, timing: timing, using: &generator)
        case .conflict, .releasing:
            return .none
        }
    }
}

// MARK: - Other hosts

extension NameClaim {
    /// A negative registration response or a conflict demand arrived from `host`, with `transactionID` (§4.2.6,
    /// §4.2.8).
    mutating func objected(
        by host: IPv4Address,
        transactionID: UInt16,
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        switch self.phase {
        case .claiming(transactionID, let sent) where sent > 0:
            return self.lose(to: host, wasOwned: false, at: now, timing: timing, using: &generator)
        case .owned:
            let queryID: UInt16 = generator.next()
            self.phase = .verifying(transactionID: queryID, holder: host, sent: 1)
            self.deadline = now + timing.unicastInterval
            return .ask(holder: host, transactionID: queryID)
        case .claiming, .registering, .verifying, .conflict, .releasing:
            return .none
        }
    }

    /// A host answered a name query, with `transactionID`; with `isHolder` it owns the name in a way that excludes the
    /// claim.
    mutating func answered(
        by host: IPv4Address,
        transactionID: UInt16,
        isHolder: Bool,
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .verifying(transactionID, host, _) = self.phase else { return .none }
        guard isHolder else {
            self.phase = .owned(transactionID: transactionID, isAnnounced: true)
            self.deadline = nil
            return .none
        }
        return self.lose(to: host, wasOwned: true, at: now, timing: timing, using: &generator)
    }

    /// The host that holds the name broadcast a release (§4.2.9): the next attempt starts after its last
    /// retransmission.
    ///
    /// A forged release causes an early attempt, to which the holder objects as before; one in ``ClaimTiming/firstRetry`` at
    /// most. The releases of one series put the attempt off by the length of the series at most.
    mutating func released(by host: IPv4Address, at now: Duration, timing: ClaimTiming) -> Action {
        guard case .conflict(host) = self.phase else { return .none }
        let series = timing.broadcastInterval * timing.broadcastCount
        if let first = self.firstRelease, now - first < timing.firstRetry {
            if now - first < series { self.deadline = now + series }
            return .none
        }
        self.firstRelease = now
        self.deadline = now + series
        return .none
    }

    private mutating func lose(
        to holder: IPv4Address,
        wasOwned: Bool,
        at now: Duration,
        timing: ClaimTiming,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        let isNews = self.holder != holder
        self.holder = holder
        self.failures += 1
        self.phase = .conflict(holder: holder)
        self.isBroadcast = false
        self.deadline = now + timing.retryPause(after: self.failures, using: &generator)
        return .conflict(holder: holder, wasOwned: wasOwned, isNews: isNews)
    }
}

// MARK: - Configuration

extension NameClaim {
    /// The name is no longer wanted. A name that is not owned or was never broadcast is dropped without a release.
    mutating func release(transactionID: UInt16) -> Action {
        switch self.phase {
        case .owned where self.isBroadcast, .verifying where self.isBroadcast:
            self.phase = .releasing(transactionID: transactionID, sent: 0)
            self.deadline = nil
            return .broadcast
        case .owned, .verifying, .claiming, .registering, .conflict:
            self.phase = .releasing(transactionID: transactionID, sent: 0)
            self.deadline = nil
            return .released
        case .releasing:
            return .none
        }
    }

    /// The name is wanted as `advertised`, possibly with another address or as a group.
    mutating func want(_ advertised: AdvertisedName, as nodeType: NodeType, transactionID: UInt16) -> Action {
        let old = self.advertised
        switch self.phase {
        case .claiming, .registering, .owned, .verifying, .conflict:
            guard old.isGroup != advertised.isGroup || old.address != advertised.address else { return .none }
            self.advertised = advertised
            guard self.isOwned, old.isGroup == advertised.isGroup else { break }
            guard self.isBroadcast else { return .none }
            self.phase = .owned(transactionID: transactionID, isAnnounced: false)
            self.deadline = nil
            return .broadcast
        case .releasing:
            break
        }
        self = NameClaim(advertised)
        return self.begin(as: nodeType, transactionID: transactionID)
    }

    /// The node's type changes. An owned name stays owned, unless the new type must have broadcast it.
    mutating func change(to nodeType: NodeType, transactionID: UInt16) -> Action {
        if nodeType == .point { self.isBroadcast = false }
        switch self.phase {
        case .claiming, .registering:
            return self.begin(as: nodeType, transactionID: transactionID)
        case .owned, .verifying:
            let mustBroadcast = nodeType == .broadcast || nodeType == .mixed
            guard mustBroadcast, !self.isBroadcast else { return .none }
            return self.begin(as: nodeType, transactionID: transactionID)
        case .conflict, .releasing:
            return .none
        }
    }
}
