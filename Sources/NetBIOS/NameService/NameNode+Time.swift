// Time and output of a node.
extension NameNode {
    /// The time of the next call to ``advance(to:using:)``, which may have passed; `nil` for none.
    public var nextDeadline: Duration? {
        let turn = self.lanes.isEmpty ? nil : self.pace.nextMoment
        return [self.timers.first?.deadline, turn, self.watchDeadline].compactMap { $0 }.min()
    }

    /// Advances the time: handles timeouts, and sends packets at the permitted rate.
    public mutating func advance(to now: Duration, using generator: inout some RandomNumberGenerator) {
        self.watchNameServers(now: now, using: &generator)
        while let (deadline, name) = self.timers.first, deadline <= now {
            self.timers.removeFirst()
            self.timeOut(name, now: now, using: &generator)
        }
        while self.pace.nextMoment <= now, let place = self.lanes.popFirst() {
            switch place.audience {
            case .everybody:
                guard self.claims[place.name]?.ticket == place.ticket else { continue }
                self.broadcast(place.name, now: now, using: &generator)
            case .nameServer:
                guard self.claims[place.name]?.serverTicket == place.ticket else { continue }
                self.sendToNameServer(place.name, now: now)
            }
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

    /// Sends what a claim wants to broadcast.
    private mutating func broadcast(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        self.claims[name]?.ticket = nil
        guard let advertised = self.claims[name]?.claim.advertised,
            let broadcast = self.claims[name]?.claim.send(at: now, timing: self.configuration.timing)
        else { return }
        let entry = self.responder.entry(for: advertised)
        let timeToLive = self.configuration.timeToLive
        let (transactionID, operation, isLast): (UInt16, NameServiceRequest.Operation, Bool) =
            switch broadcast {
            case .registration(let id): (id, .registration(entry, timeToLive: timeToLive), false)
            case .overwrite(let id): (id, .overwrite(entry, timeToLive: timeToLive), false)
            case .release(let id, let isLast): (id, .release(entry), isLast)
            }
        let request = NameServiceRequest(
            transactionID: transactionID,
            name: advertised.name,
            isBroadcast: true,
            operation: operation
        )
        _ = self.pace.take(at: now)
        self.counters[operation.counted, .sent] += 1
        let destination = NameServiceEndpoint(self.configuration.broadcastAddress, port: self.configuration.port)
        self.broadcasts.append(NameTransmission(destination: destination, packet: .request(request)))
        self.perform(isLast ? .released : .none, for: name, now: now, using: &generator)
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
        case .ask(let holder, let transactionID):
            let query = NameServiceRequest(
                transactionID: transactionID,
                name: name,
                isBroadcast: false,
                operation: .query(recursionDesired: false)
            )
            let destination = NameServiceEndpoint(holder, port: self.configuration.port)
            self.counters[.query, .sent] += 1
            self.answers.append(NameTransmission(destination: destination, packet: .request(query)))
        case .conflict(let holder, let wasOwned, let isNews):
            self.claims[name]?.ticket = nil
            if isNews {
                self.events.append(wasOwned ? .lost(name, holder: holder) : .conflict(name, holder: holder))
            }
            self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                registration.release(using: &generator)
            }
        case .released:
            self.claims[name]?.ticket = nil
            guard self.claims[name]?.registration?.isReleasing != true else {
                self.claims[name]?.isGone = true
                break
            }
            self.claims[name] = nil
            self.events.append(.released(name))
        }
        self.schedule(name)
    }

    /// Sets the timer of a name to its next deadline.
    mutating func schedule(_ name: QualifiedName) {
        self.timers.set(name, at: self.claims[name]?.deadline)
    }

    /// Queues a claim for broadcasting; its previous entry is void.
    private mutating func enqueue(_ name: QualifiedName) {
        guard let phase = self.claims[name]?.claim.phase else { return }
        let ticket = self.nextNumber
        self.nextNumber += 1
        self.claims[name]?.ticket = ticket
        self.lanes.append(ClaimLanes.Place(name: name, audience: .everybody, ticket: ticket), to: phase.lane)
    }
}
