// The name servers of a node of type P, M or H (RFC 1002 §5.1.2, §5.1.3).
extension NameNode {
    /// Dispatches a response of a name server, or of an owner that one named, to its registration.
    ///
    /// - Returns: False if it belongs to none.
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
            // An unsolicited refusal is a reason to query the server.
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

    /// Starts the registration of a claim with the name servers.
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

    /// Registers a name that is now owned with the name servers, unless it is already registered.
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

    /// Registers all names with the current server, if it has changed.
    mutating func useNameServer(
        insteadOf before: IPv4Address?,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard self.servers.current != before else { return }
        self.events.append(.nameServerUsed(self.servers.current))
        self.useNameServer(now: now, using: &generator)
    }

    /// Registers all names with the current server; without one, continues the claims without name servers.
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

    /// Passes an event to a registration, and performs its action.
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
            self.timers.remove(name)
            self.events.append(.released(name))
        }
    }

    // MARK: Sending

    /// Queues a registration for sending; its previous entry is void.
    private mutating func enqueueForNameServer(_ name: QualifiedName) {
        guard let phase = self.claims[name]?.registration?.phase else { return }
        let ticket = self.nextNumber
        self.nextNumber += 1
        self.claims[name]?.serverTicket = ticket
        self.lanes.append(ClaimLanes.Place(name: name, audience: .nameServer, ticket: ticket), to: phase.lane)
    }

    /// Sends the pending packet of a registration, from its advertised address.
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

    // MARK: Monitoring

    /// The time of the next call to ``watchNameServers(now:using:)``; `nil` without a name to query for.
    var watchDeadline: Duration? {
        guard self.watchedName != nil else { return nil }
        return [self.servers.deadline, self.nextCheck].compactMap { $0 }.min()
    }

    /// A name to query servers for.
    private var watchedName: QualifiedName? { self.checks.first?.name ?? self.claims.first?.key }

    /// Probes paused servers, and queries the current one for a registered name.
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
        // Also if no name can be checked now; that is temporary.
        if !self.checks.isEmpty { self.nextCheck = now + self.configuration.timing.nameServerCheck }
    }

    /// Queries the server for a registered name; returns false if the name is busy.
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

    /// Adds a registered name to the periodic checks.
    private mutating func expectChecks(of name: QualifiedName, now: Duration) {
        if let record = self.claims[name], !record.isChecked {
            self.claims[name]?.isChecked = true
            self.checks.append(ClaimLanes.Place(name: name, audience: .nameServer, ticket: record.number))
        }
        if self.nextCheck == nil { self.nextCheck = now + self.configuration.timing.nameServerCheck }
    }
}

extension NameServiceResponse.Answer {
    /// Whether a name server that gives this response to a name query is working.
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
    /// The name servers that the node type uses.
    var usedNameServers: [IPv4Address] { self.nodeType == .broadcast ? [] : self.nameServers }
}
