// The name servers of a node of type P, M or H (RFC 1002 §5.1.2, §5.1.3).
extension NameNode {
    /// Dispatches a response of a name server, or of an owner that one named, to its registration.
    ///
    /// - Returns: What became of it; `nil` when it is about none.
    mutating func heardNameServer(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> NameServiceCounters.Outcome? {
        let before = self.servers.current
        if response.answer.isOfWorkingServer,
            self.servers.answered(host, transactionID: response.transactionID)
        {
            self.useNameServer(insteadOf: before)
            return .accepted
        }
        guard let record = self.claims[response.name], let registration = record.registration else { return nil }
        guard let asked = registration.asked, asked.host == host, asked.transactionID == response.transactionID else {
            // An unasked response is a reason to query the server, rarely: anybody can forge its address.
            guard case .registrationRefused = response.answer, registration.grant?.server == host else { return nil }
            guard registration.phase == .registered else { return .ignored }
            guard self.servers.admitsDemand(of: host, at: now, timing: self.configuration.timing) else {
                return .limited
            }
            self.check(response.name, now: now, using: &generator)
            return .accepted
        }
        if case .challenge(let entry, _) = response.answer, !self.isHost(entry.address) { return nil }
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
        return .accepted
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

    /// Has every name registered with the server that is in use now, if it is another one than before.
    private mutating func useNameServer(insteadOf before: IPv4Address?) {
        guard self.servers.current != before else { return }
        self.events.append(.nameServerUsed(self.servers.current))
        self.walks.removeAll { $0.task == .register }
        self.walks.append(NameWalk(.register, self.wanted.list))
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
            self.checks.expect(at: now, timing: timing)
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
            self.useNameServer(insteadOf: before)
        case .failed(let server):
            guard self.servers.failed(server, at: now, timing: timing) else {
                return self.registerAlso(name, now: now, using: &generator)
            }
            self.events.append(.nameServerSilent(server))
            self.useNameServer(insteadOf: before)
        case .forgotten(let server):
            self.walks.removeAll { $0.task == .renew(server: server) }
            self.walks.append(NameWalk(.renew(server: server), self.wanted.list))
        case .released:
            guard self.claims[name]?.isGone == true else { break }
            self.remove(name)
            self.events.append(.released(name))
        }
    }

    // MARK: Sending

    /// Lets a registration wait for its turn to send. It keeps a turn that it waits for in the same lane; one in another is
    /// void.
    private mutating func enqueueForNameServer(_ name: QualifiedName) {
        guard let record = self.claims[name], let phase = record.registration?.phase else { return }
        let lane = phase.lane(isOwned: record.claim.isOwned)
        guard record.serverPlace?.lane != lane else { return }
        let place = self.append(name, .nameServer, to: lane)
        self.claims[name]?.serverPlace = place
    }

    /// Sends what a registration wants to send, from the address that it is about; false where that is nothing.
    mutating func sendToNameServer(_ name: QualifiedName, now: Duration) -> Bool {
        self.claims[name]?.serverPlace = nil
        guard let advertised = self.claims[name]?.registration?.advertised,
            let message = self.claims[name]?.registration?.send(at: now, timing: self.configuration.timing)
        else { return false }
        self.claims[name]?.claim.nameServerAsked(at: now)
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
        return true
    }

    /// Sends a request, counted as what it is.
    mutating func transmit(_ request: NameServiceRequest, to host: IPv4Address, from source: IPv4Address?) {
        self.counters[request.operation.counted, .sent] += 1
        let destination = NameServiceEndpoint(host, port: self.configuration.port)
        self.broadcasts.append(NameTransmission(destination: destination, source: source, packet: .request(request)))
    }

    // MARK: Monitoring

    /// The time of the next call to ``watchNameServers(now:using:)``; `nil` without a name to query for.
    var watchDeadline: Duration? {
        guard !self.claims.isEmpty else { return nil }
        return [self.servers.deadline, self.checks.deadline].compactMap { $0 }.min()
    }

    /// Asks servers that were left alone whether they are back, and the one in use whether it still has a name.
    mutating func watchNameServers(now: Duration, using generator: inout some RandomNumberGenerator) {
        guard let name = self.claims.first?.key else { return }
        while let probe = self.servers.timeOut(at: now, timing: self.configuration.timing, using: &generator) {
            let query = NameServiceRequest(
                transactionID: probe.transactionID,
                name: name,
                isBroadcast: false,
                operation: .query(recursionDesired: true)
            )
            self.transmit(query, to: probe.server, from: nil)
        }
        guard let deadline = self.checks.deadline, deadline <= now else { return }
        let list = self.wanted.list.names
        var checks = self.checks
        checks.run(at: now, count: list.count, limit: Self.workLimit, timing: self.configuration.timing) { place in
            let name = list[place].name
            guard self.claims[name]?.registration?.grant != nil else { return .unregistered }
            return self.check(name, now: now, using: &generator) ? .asked : .busy
        }
        self.checks = checks
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
