// What a node does with a datagram: it answers requests, and gives responses to the claims that they are about.
extension NameNode {
    /// Takes one datagram that came in on the interface; `wasBroadcast` is whether it was sent to a broadcast address.
    ///
    /// More of one host than ``SourceLimits`` allow are counted and dropped.
    ///
    /// - Throws: ``WireError`` for bytes that are not a packet; they are counted, and get no answer.
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

    /// Answers the one packet that is most of a name service's work, a query for an owned name without a scope.
    ///
    /// - Returns: The datagram to send back; `nil` for any other datagram, to be given to
    ///   ``received(_:from:wasBroadcast:now:using:)``, and nothing has happened then.
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

    /// Takes one packet, as above.
    ///
    /// A broadcast of a host outside of the interface's network is dropped. A response is never answered. Nothing is
    /// sent to an address that cannot be one host's, or to a port below the name service's own, where something may
    /// listen that answers everything.
    public mutating func received(
        _ packet: NameServicePacket,
        from source: NameServiceEndpoint,
        wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let isOffLink = wasBroadcast && !self.configuration.network.contains(source.address)
        // A P node neither hears nor says anything by broadcast (RFC 1001 §10.2).
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
                self.forgetStaleTimers()
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
                        ? .accepted : .ignored
                }
            self.counters[.response, outcome] += 1
            self.forgetStaleTimers()
        }
    }

    /// Whether the host has not asked too much of the kind. This very host may ask as much as it likes.
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

    /// Whether `address` can be the address of one host: not nobody's, and not everybody's.
    func isHost(_ address: IPv4Address) -> Bool {
        address != .any && address != .limitedBroadcast && address != self.configuration.broadcastAddress
            && address.rawValue >> 28 != 0xE
    }

    /// Answers a request where there is an answer; false for silence.
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

    /// Gives a response to the claim that it is about; false when it changes nothing.
    ///
    /// Only hosts of the interface's network are asked whether they hold a name, and only they and name servers can object
    /// to a claim in progress.
    mutating func heard(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        _ wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        if !wasBroadcast, self.heardNameServer(response, from: host, now: now, using: &generator) { return true }
        guard let claim = self.claims[response.name]?.claim else { return false }
        let timing = self.configuration.timing
        let id = response.transactionID
        switch response.answer {
        case .registrationRefused(_, let entry, _):
            var holder = host
            if claim.isOwned, entry.address != .any, !self.responder.isOurs(entry.address, claim.advertised) {
                holder = entry.address
            }
            let isNameServer = !claim.isOwned && self.servers.addresses.contains(holder)
            guard isNameServer || self.configuration.network.contains(holder), self.isHost(holder) else { return false }
            return self.step(response.name, now: now, using: &generator) { claim, generator in
                claim.objected(by: holder, transactionID: id, at: now, timing: timing, using: &generator)
            }
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
            }
        case .queryRefused:
            return self.step(response.name, now: now, using: &generator) { claim, generator in
                claim.answered(by: host, transactionID: id, isHolder: false, at: now, timing: timing, using: &generator)
            }
        case .redirect, .nodeStatus, .registered, .challenge, .released, .releaseRefused, .wait:
            return false
        }
    }
}
