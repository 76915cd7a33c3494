// What a node of type P, M or H has to do with its name servers (RFC 1002 §5.1.2, §5.1.3).
extension NameNode {
    /// Gives a response of a name server, or of an owner that one named, to the registration that it is about.
    ///
    /// - Returns: False when it is about none.
    mutating func heardNameServer(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        let before = self.servers.current
        if response.answer.isOfWorkingServer,
            self.servers.answered(host, transactionID: response.transactionID)
        {
            self.useNameServer(insteadOf: before, now: now, using: &generator)
            return true
        }
        guard let record = self.claims[response.name], let registration = record.registration else { return false }
        guard let asked = registration.asked, asked.host == host, asked.transactionID == response.transactionID else {
            // What a server says without being asked is a reason to ask it.
            guard case .registrationRefused = response.answer, registration.grant?.server == host else { return false }
            self.check(response.name, now: now, using: &generator)
            return true
        }
        if case .challenge(let entry, _) = response.answer, !self.isHost(entry.address) { return false }
        let responder = self.responder
        let advertised = registration.advertised
        var hasServed = false
        self.stepRegistration(response.name, now: now, using: &generator) { registration, generator in
            let action = registration.answered(
                response.answer,
                isOurs: { responder.isOurs($0, advertised) },
                at: now,
                using: &generator
            )
            hasServed = registration.isSettled && action != .failed(server: host)
            return action
        }
        if hasServed { self.servers.served(host, at: now) }
        return true
    }

    // MARK: Registering

    /// A claim has come to where the name servers are asked.
    mutating func register(_ name: QualifiedName, now: Duration, using generator: inout some RandomNumberGenerator) {
        guard let claim = self.claims[name]?.claim else { return }
        let nodeType = self.configuration.nodeType
        if self.claims[name]?.registration == nil {
            self.claims[name]?.registration = NameRegistration(claim.advertised)
        }
        let server = self.servers.current
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.want(claim.advertised, at: server, now: now, using: &generator)
            return registration.grant == nil ? .none : .registered
        }
        guard server == nil else { return }
        self.step(name, now: now, using: &generator) { claim, generator in
            claim.unreachable(as: nodeType, transactionID: generator.next())
        }
    }

    /// A name has become ours: a node that has name servers registers it there, where that is not done.
    mutating func registerAlso(_ name: QualifiedName, now: Duration, using generator: inout some RandomNumberGenerator)
    {
        guard let claim = self.claims[name]?.claim, claim.isRegistrable(as: self.configuration.nodeType) else { return }
        if self.claims[name]?.registration == nil {
            self.claims[name]?.registration = NameRegistration(claim.advertised)
        }
        let server = self.servers.current
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.use(server, at: now, transactionID: generator.next())
            return .none
        }
    }

    /// Has every name registered with the server that is in use now, if it is another one than before.
    mutating func useNameServer(
        insteadOf before: IPv4Address?,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard self.servers.current != before else { return }
        self.events.append(.nameServerUsed(self.servers.current))
        self.useNameServer(now: now, using: &generator)
    }

    /// Has every name registered with the server that is in use; without one, has the claims do without.
    mutating func useNameServer(now: Duration, using generator: inout some RandomNumberGenerator) {
        let nodeType = self.configuration.nodeType
        let server = self.servers.current
        for name in self.orderedNames where self.claims[name]?.claim.isRegistrable(as: nodeType) == true {
            self.registerAlso(name, now: now, using: &generator)
            guard server == nil else { continue }
            self.step(name, now: now, using: &generator) { claim, generator in
                claim.unreachable(as: nodeType, transactionID: generator.next())
            }
        }
        for (name, record) in self.claims where record.registration?.isReleasing == true {
            self.claims[name]?.registration?.use(server, at: now, transactionID: generator.next())
        }
    }

    /// Gives an event to a registration and does what it says.
    mutating func stepRegistration<Generator: RandomNumberGenerator>(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout Generator,
        _ event: (inout NameRegistration, inout Generator) -> NameRegistration.Action
    ) {
        guard var registration = self.claims[name]?.registration else { return }
        let action = event(&registration, &generator)
        self.claims[name]?.registration = registration
        if registration.wantsToSend { self.enqueueForNameServer(name) }
        self.schedule(name)
        self.perform(action, for: name, now: now, using: &generator)
    }

    private mutating func perform(
        _ action: NameRegistration.Action,
        for name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let timing = self.configuration.timing
        let before = self.servers.current
        switch action {
        case .none:
            break
        case .registered:
            self.expectChecks(of: name, now: now)
            self.step(name, now: now, using: &generator) { claim, generator in
                claim.registered(transactionID: generator.next())
            }
        case .refused(let holder):
            self.step(name, now: now, using: &generator) { claim, generator in
                claim.refused(for: holder, at: now, timing: timing, using: &generator)
            }
        case .silent(let server, let start):
            guard self.servers.wasSilent(server, since: start, at: now, timing: timing) else {
                return self.registerAlso(name, now: now, using: &generator)
            }
            self.events.append(.nameServerSilent(server))
            self.useNameServer(insteadOf: before, now: now, using: &generator)
        case .failed(let server):
            guard self.servers.failed(server, at: now, timing: timing) else {
                return self.registerAlso(name, now: now, using: &generator)
            }
            self.events.append(.nameServerSilent(server))
            self.useNameServer(insteadOf: before, now: now, using: &generator)
        case .forgotten(let server):
            for (name, record) in self.claims where record.registration?.grant?.server == server {
                self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                    registration.renew(transactionID: generator.next())
                    return .none
                }
            }
        case .released:
            guard self.claims[name]?.isGone == true else { break }
            self.claims[name] = nil
            self.events.append(.released(name))
        }
    }

    // MARK: Sending

    /// Lets a registration wait for its turn to send; a turn that it waited for before is void.
    private mutating func enqueueForNameServer(_ name: QualifiedName) {
        guard let phase = self.claims[name]?.registration?.phase else { return }
        let ticket = self.nextNumber
        self.nextNumber += 1
        self.claims[name]?.serverTicket = ticket
        self.lanes.append(ClaimLanes.Place(name: name, audience: .nameServer, ticket: ticket), to: phase.lane)
    }

    /// Sends what a registration wants to send, from the address that it is about.
    mutating func sendToNameServer(_ name: QualifiedName, now: Duration) {
        self.claims[name]?.serverTicket = nil
        guard let advertised = self.claims[name]?.registration?.advertised,
            let message = self.claims[name]?.registration?.send(at: now, timing: self.configuration.timing)
        else { return }
        let entry = self.responder.entry(for: advertised)
        let timeToLive = self.configuration.timeToLive
        let operation: NameServiceRequest.Operation =
            switch message.kind {
            case .register(.single): .registration(entry, timeToLive: timeToLive)
            case .register(.multihomed): .multihomedRegistration(entry, timeToLive: timeToLive)
            case .register(.overwrite): .overwrite(entry, timeToLive: timeToLive)
            case .register(.refresh): .refresh(entry, timeToLive: timeToLive)
            case .query(let ofServer): .query(recursionDesired: ofServer)
            case .release: .release(entry)
            }
        let request = NameServiceRequest(
            transactionID: message.transactionID,
            name: name,
            isBroadcast: false,
            operation: operation
        )
        _ = self.pace.take(at: now)
        self.transmit(request, to: message.destination, from: advertised.address)
        self.schedule(name)
    }

    private mutating func transmit(_ request: NameServiceRequest, to host: IPv4Address, from source: IPv4Address?) {
        self.counters[request.operation.counted, .sent] += 1
        let destination = NameServiceEndpoint(host, port: self.configuration.port)
        self.broadcasts.append(NameTransmission(destination: destination, source: source, packet: .request(request)))
    }

    // MARK: Watching

    /// When ``watchNameServers(now:using:)`` has something to do; `nil` without a name that it could ask for.
    var watchDeadline: Duration? {
        guard self.watchedName != nil else { return nil }
        return [self.servers.deadline, self.nextCheck].compactMap { $0 }.min()
    }

    /// A name that servers can be asked for.
    private var watchedName: QualifiedName? { self.checks.first?.name ?? self.claims.first?.key }

    /// Asks servers that were left alone whether they are back, and the one in use whether it still has a name.
    mutating func watchNameServers(now: Duration, using generator: inout some RandomNumberGenerator) {
        guard let name = self.watchedName else {
            self.nextCheck = nil
            return
        }
        while let probe = self.servers.timeOut(at: now, timing: self.configuration.timing, using: &generator) {
            let query = NameServiceRequest(
                transactionID: probe.transactionID,
                name: name,
                isBroadcast: false,
                operation: .query(recursionDesired: true)
            )
            self.transmit(query, to: probe.server, from: nil)
        }
        guard let nextCheck = self.nextCheck, nextCheck <= now else { return }
        self.nextCheck = nil
        for _ in 0..<self.checks.count {
            guard let place = self.checks.popFirst() else { break }
            guard let record = self.claims[place.name], record.number == place.ticket else { continue }
            guard record.registration?.grant != nil else {
                self.claims[place.name]?.isChecked = false
                continue
            }
            self.checks.append(place)
            if self.check(place.name, now: now, using: &generator) { break }
        }
        // Also when every name is busy: they are not so for ever.
        if !self.checks.isEmpty { self.nextCheck = now + self.configuration.timing.nameServerCheck }
    }

    /// Asks the server whether it still has a name; false while there is something else to do about it.
    @discardableResult
    private mutating func check(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        var isAsked = false
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            isAsked = registration.check(transactionID: generator.next())
            return .none
        }
        return isAsked
    }

    /// A name is registered: its turn to be checked comes.
    private mutating func expectChecks(of name: QualifiedName, now: Duration) {
        if let record = self.claims[name], !record.isChecked {
            self.claims[name]?.isChecked = true
            self.checks.append(ClaimLanes.Place(name: name, audience: .nameServer, ticket: record.number))
        }
        if self.nextCheck == nil { self.nextCheck = now + self.configuration.timing.nameServerCheck }
    }
}

extension NameServiceResponse.Answer {
    /// Whether a name server that gives the answer to a name query can be asked for more.
    fileprivate var isOfWorkingServer: Bool {
        switch self {
        case .addresses, .queryRefused(.nameUnknown): true
        case .queryRefused, .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released,
            .releaseRefused, .wait:
            false
        }
    }
}

extension NameNode.Configuration {
    /// The name servers that a node of the type uses.
    var usedNameServers: [IPv4Address] { self.nodeType == .broadcast ? [] : self.nameServers }
}
