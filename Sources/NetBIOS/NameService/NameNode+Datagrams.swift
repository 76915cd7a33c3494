// Processing of datagrams: answers requests, and dispatches responses to claims.
extension NameNode {
    /// Processes a datagram received on the interface; `wasBroadcast` states whether it was sent to a broadcast
    /// address.
    ///
    /// Datagrams of a host beyond ``SourceRateLimiter`` are counted and dropped.
    ///
    /// - Throws: ``WireError`` for bytes that are not a packet; they are counted and not answered.
    public mutating func received(
        _ bytes: [UInt8],
        from source: NameServiceEndpoint,
        wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) throws(WireError) {
        guard self.limits.admits(.any, from: source.address, at: now) else {
            self.counters[NameServiceCounters.Kind(unread: bytes), .limited] += 1
            return
        }
        let packet: NameServicePacket
        do {
            packet = try NameServicePacket(decoding: bytes)
        } catch {
            self.counters[.malformed, .ignored] += 1
            throw error
        }
        self.received(packet, from: source, wasBroadcast: wasBroadcast, now: now, using: &generator)
    }

    /// Answers the most frequent packet, a query for an owned name without a scope.
    ///
    /// - Returns: The response; `nil` for any other datagram, which is then unprocessed and must be passed to
    ///   ``received(_:from:wasBroadcast:now:using:)``.
    public mutating func quickAnswer(
        to bytes: [UInt8],
        from source: NameServiceEndpoint,
        wasBroadcast: Bool,
        now: Duration
    ) -> [UInt8]? {
        guard let query = PlainQuery(bytes), let owned = self.table[QualifiedName(query.name)],
            !wasBroadcast
                || self.configuration.nodeType != .point && self.configuration.network.contains(source.address),
            source.port >= NameServiceEndpoint.standardPort, self.isHost(source.address),
            self.limits.admits(.any, from: source.address, at: now)
        else { return nil }
        self.counters[.query, .answered] += 1
        self.counters[.response, .sent] += 1
        return query.answer(self.responder.entry(for: owned), timeToLive: self.responder.timeToLive)
    }

    /// Processes a packet.
    ///
    /// Broadcasts from outside the interface's network are dropped. Responses are never answered. Nothing is sent to an
    /// address that is not a host's, or to a port below the name service's own, which may be a service that answers
    /// everything.
    public mutating func received(
        _ packet: NameServicePacket,
        from source: NameServiceEndpoint,
        wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let isOffLink = wasBroadcast && !self.configuration.network.contains(source.address)
        // A P node neither receives nor sends broadcasts (RFC 1001 §10.2).
        let isUnheard = wasBroadcast && self.configuration.nodeType == .point
        switch packet {
        case .request(let request):
            let outcome: NameServiceCounters.Outcome =
                if isOffLink {
                    .offLink
                } else if isUnheard {
                    .ignored
                } else if self.responder.isOurs(source.address), request.operation.entry != nil {
                    .own
                } else if source.port < NameServiceEndpoint.standardPort || !self.isHost(source.address) {
                    .badSource
                } else if !self.isWithinLimits(request, from: source.address, at: now) {
                    .limited
                } else {
                    self.answer(request, to: source, wasBroadcast: wasBroadcast) ? .answered : .ignored
                }
            self.counters[request.operation.counted, outcome] += 1
            if case .release = request.operation, outcome == .ignored, !isUnheard {
                let timing = self.configuration.timing
                self.step(request.name, now: now, using: &generator) { claim, _ in
                    claim.released(by: source.address, at: now, timing: timing)
                }
            }
        case .response(let response):
            let outcome: NameServiceCounters.Outcome =
                if isOffLink {
                    .offLink
                } else if isUnheard {
                    .ignored
                } else if self.responder.isOurs(source.address) {
                    .own
                } else {
                    self.heard(response, from: source.address, wasBroadcast, now: now, using: &generator)
                }
            self.counters[.response, outcome] += 1
        }
    }

    /// Whether the host is within the limits for this kind of request. This host itself is not limited.
    private mutating func isWithinLimits(_ request: NameServiceRequest, from host: IPv4Address, at now: Duration)
        -> Bool
    {
        guard !self.responder.isOurs(host) else { return true }
        switch request.operation {
        case .query: return true
        case .nodeStatus: return self.limits.admits(.nodeStatus, from: host, at: now)
        case .registration, .overwrite, .refresh, .multihomedRegistration, .release:
            return self.limits.admits(.change, from: host, at: now)
        }
    }

    /// Whether `address` can be that of one host, not a wildcard or broadcast address.
    func isHost(_ address: IPv4Address) -> Bool {
        address.canBeOneHost && address != self.configuration.broadcastAddress
    }

    /// Answers a request; returns false if no response is due.
    mutating func answer(
        _ request: NameServiceRequest,
        to source: NameServiceEndpoint,
        wasBroadcast: Bool
    ) -> Bool {
        let response = self.responder.response(
            to: request,
            from: source.address,
            wasBroadcast: wasBroadcast,
            names: self.table
        )
        guard let response else { return false }
        self.counters[.response, .sent] += 1
        self.answers.append(NameTransmission(destination: source, packet: .response(response)))
        switch response.answer {
        case .registrationRefused, .releaseRefused:
            self.events.append(.defended(request.name, against: source.address))
        case .addresses, .queryRefused, .redirect, .nodeStatus, .registered, .challenge, .released, .wait:
            break
        }
        return true
    }

    /// Gives a response to the claim that it is about.
    ///
    /// An objection to an owned name makes us ask its holder, within ``SourceRateLimiter/Kind/objection`` and for
    /// ``verificationLimit`` names at a time. Only hosts of the interface's network are asked whether they hold a name, and only they and name servers can object
    /// to a claim in progress.
    mutating func heard(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        _ wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> NameServiceCounters.Outcome {
        if !wasBroadcast,
            let outcome = self.heardNameServer(response, from: host, now: now, using: &generator)
        {
            return outcome
        }
        guard let claim = self.claims[response.name]?.claim else { return .ignored }
        let timing = self.configuration.timing
        let id = response.transactionID
        switch response.answer {
        case .registrationRefused(_, let entry, _):
            var holder = host
            if claim.isOwned, entry.address != .any, !self.responder.isOurs(entry.address, claim.advertised) {
                holder = entry.address
            }
            let isNameServer = !claim.isOwned && self.servers.addresses.contains(holder)
            guard isNameServer || self.configuration.network.contains(holder), self.isHost(holder) else {
                return .ignored
            }
            if claim.isOwned, !claim.isVerifying {
                guard self.verifying.count < Self.verificationLimit,
                    self.limits.admits(.objection, from: host, at: now)
                else { return .limited }
            }
            return self.step(response.name, now: now, using: &generator) { claim, generator in
                claim.objected(by: holder, transactionID: id, at: now, timing: timing, using: &generator)
            } ? .accepted : .ignored
        case .addresses(let entries, _):
            let isHolder = entries.contains { entry in
                !(entry.isGroup && claim.advertised.isGroup)
                    && !self.responder.isOurs(entry.address, claim.advertised)
            }
            return self.step(response.name, now: now, using: &generator) { claim, generator in
                claim.answered(
                    by: host,
                    transactionID: id,
                    isHolder: isHolder,
                    at: now,
                    timing: timing,
                    using: &generator
                )
            } ? .accepted : .ignored
        case .queryRefused:
            return self.step(response.name, now: now, using: &generator) { claim, generator in
                claim.answered(by: host, transactionID: id, isHolder: false, at: now, timing: timing, using: &generator)
            } ? .accepted : .ignored
        case .redirect, .nodeStatus, .registered, .challenge, .released, .releaseRefused, .wait:
            return .ignored
        }
    }
}
