// Time and output of a node.
extension NameNode {
    /// The time of the next call to ``advance(to:using:)``, which may have passed; `nil` for none.
    public var nextDeadline: Duration? {
        guard self.walks.isEmpty else { return .zero }
        let turn = self.lanes.isEmpty ? nil : self.pace.nextMoment
        return [self.timers.first?.deadline, turn, self.watchDeadline].compactMap { $0 }.min()
    }

    /// Lets the time pass up to `now`: waits end, walks go on, and packets leave as the pace allows.
    ///
    /// Looks at ``workLimit`` names of each kind at most; where there are more, ``nextDeadline`` has passed.
    public mutating func advance(to now: Duration, using generator: inout some RandomNumberGenerator) {
        self.watchNameServers(now: now, using: &generator)
        self.walk(now: now, using: &generator)
        var count = 0
        while count < Self.workLimit, let (deadline, name) = self.timers.first, deadline <= now {
            count += 1
            self.timers.removeFirst()
            self.timeOut(name, now: now, using: &generator)
        }
        count = 0
        while count < Self.workLimit, self.pace.nextMoment <= now, let place = self.lanes.popFirst() {
            count += 1
            if !self.take(place, now: now, using: &generator) { self.lanes.giveBack(place) }
        }
    }

    /// Sends the packet whose turn it is; false where none is wanted any more.
    private mutating func take(
        _ place: ClaimLanes.Place,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        switch place.audience {
        case .everybody:
            guard self.claims[place.name]?.place?.ticket == place.ticket else { return false }
            return self.sendClaim(of: place.name, now: now, using: &generator)
        case .nameServer:
            guard self.claims[place.name]?.serverPlace?.ticket == place.ticket else { return false }
            return self.sendToNameServer(place.name, now: now)
        }
    }

    /// Handles the timeout of a name's claim, registration, or both.
    private mutating func timeOut(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let timing = self.configuration.timing
        let nodeType = self.configuration.nodeType
        if let deadline = self.claims[name]?.claim.deadline, deadline <= now {
            self.step(name, now: now, using: &generator) { claim, generator in
                claim.timeOut(at: now, as: nodeType, timing: timing, using: &generator)
            }
        }
        if let deadline = self.claims[name]?.registration?.deadline, deadline <= now {
            self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                registration.timeOut(at: now, timing: timing, using: &generator)
            }
        }
        self.schedule(name)
    }

    /// Sends what a claim wants to send; false where that is nothing.
    private mutating func sendClaim(
        of name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        self.claims[name]?.place = nil
        guard let advertised = self.claims[name]?.claim.advertised,
            let message = self.claims[name]?.claim.send(at: now, timing: self.configuration.timing)
        else { return false }
        let entry = self.responder.entry(for: advertised)
        let timeToLive = self.configuration.timeToLive
        let destination: IPv4Address, transactionID: UInt16, operation: NameServiceRequest.Operation
        var isLast = false
        switch message {
        case .registration(let id):
            (destination, transactionID) = (self.configuration.broadcastAddress, id)
            operation = .registration(entry, timeToLive: timeToLive)
        case .overwrite(let id):
            (destination, transactionID) = (self.configuration.broadcastAddress, id)
            operation = .overwrite(entry, timeToLive: timeToLive)
        case .release(let id, let last):
            (destination, transactionID, isLast) = (self.configuration.broadcastAddress, id, last)
            operation = .release(entry)
        case .question(let holder, let id):
            (destination, transactionID) = (holder, id)
            operation = .query(recursionDesired: false)
        }
        let request = NameServiceRequest(
            transactionID: transactionID,
            name: advertised.name,
            isBroadcast: destination == self.configuration.broadcastAddress,
            operation: operation
        )
        _ = self.pace.take(at: now)
        self.transmit(request, to: destination, from: nil)
        self.perform(isLast ? .released : .none, for: name, now: now, using: &generator)
        return true
    }
}

// MARK: - Output

extension NameNode {
    /// Returns the next datagram to send, responses first.
    public mutating func nextTransmission() -> NameTransmission? {
        self.answers.popFirst() ?? self.broadcasts.popFirst()
    }

    /// Returns the next event, if any.
    public mutating func nextEvent() -> NameEvent? {
        self.events.popFirst()
    }

    /// Passes an event to a claim, and performs its action; returns false if there is none.
    @discardableResult
    mutating func step<Generator: RandomNumberGenerator>(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout Generator,
        _ event: (inout NameClaim, inout Generator) -> NameClaim.Action
    ) -> Bool {
        guard var claim = self.claims[name]?.claim else { return false }
        let before = claim.phase
        let action = event(&claim, &generator)
        let hasChanged = claim.phase != before
        self.claims[name]?.claim = claim
        if hasChanged {
            if claim.isVerifying { self.verifying.insert(name) } else { self.verifying.remove(name) }
        }
        self.perform(action, for: name, now: now, using: &generator)
        return hasChanged
    }

    /// Performs the action of a claim, and schedules its deadline.
    private mutating func perform(
        _ action: NameClaim.Action,
        for name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let claim = self.claims[name]?.claim else { return }
        if claim.isOwned { self.table.insert(claim.advertised) } else { self.table.remove(name) }
        switch action {
        case .none:
            break
        case .broadcast:
            self.enqueue(name)
        case .register:
            self.register(name, now: now, using: &generator)
        case .own(let isBroadcast):
            self.events.append(.owned(name))
            if isBroadcast { self.enqueue(name) }
            self.registerAlso(name, now: now, using: &generator)
        case .ask:
            // At once only where nothing else waits: others make us ask.
            if self.lanes.isEmpty, self.pace.nextMoment <= now {
                _ = self.sendClaim(of: name, now: now, using: &generator)
            } else {
                self.claims[name]?.claim.awaitTurn()
                self.enqueue(name)
            }
        case .conflict(let holder, let wasOwned, let isNews):
            self.claims[name]?.place = nil
            if isNews {
                self.events.append(wasOwned ? .lost(name, holder: holder) : .conflict(name, holder: holder))
            }
            self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                registration.release(using: &generator)
            }
        case .released:
            self.claims[name]?.place = nil
            guard self.claims[name]?.registration?.isReleasing != true else {
                self.claims[name]?.isGone = true
                break
            }
            self.remove(name)
            self.events.append(.released(name))
        }
        self.schedule(name)
    }

    /// Sets the timer of a name to its next deadline.
    mutating func schedule(_ name: QualifiedName) {
        self.timers.set(name, at: self.claims[name]?.deadline)
    }

    /// Lets a claim wait for its turn to send. It keeps a turn that it waits for in the same lane; one in another is void.
    private mutating func enqueue(_ name: QualifiedName) {
        guard let record = self.claims[name], record.place?.lane != record.claim.lane else { return }
        let place = self.append(name, .everybody, to: record.claim.lane)
        self.claims[name]?.place = place
    }

    /// Adds a turn at the end of a lane.
    mutating func append(_ name: QualifiedName, _ audience: ClaimLanes.Audience, to lane: ClaimLanes.Lane)
        -> ClaimLanes.Place
    {
        let place = ClaimLanes.Place(name: name, audience: audience, lane: lane, ticket: self.nextNumber)
        self.nextNumber += 1
        self.lanes.append(place)
        return place
    }
}
