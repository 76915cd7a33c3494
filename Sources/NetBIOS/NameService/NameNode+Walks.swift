// Work of a node on many names: a change of the configuration, of the addresses of the host, or of the name server in use.
extension NameNode {
    /// Continues the first walk, by ``workLimit`` names at most.
    mutating func walk(now: Duration, using generator: inout some RandomNumberGenerator) {
        var visited = 0
        while visited < Self.workLimit, var walk = self.walks.first {
            if let name = walk.nextName() {
                visited += 1
                self.walks[0] = walk
                self.visit(name, for: walk.task, now: now, using: &generator)
            } else {
                self.walks.removeFirst()
            }
        }
        self.visitCount += visited
        self.walks.removeAll(where: \.isFinished)
    }

    private mutating func visit(
        _ listed: AdvertisedName,
        for task: NameWalk.Task,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let name = listed.name
        switch task {
        case .drop:
            if self.wanted[name] == nil { self.drop(name, now: now, using: &generator) }
        case .take:
            if let wanted = self.wanted[name] { self.want(wanted, now: now, using: &generator) }
        case .readdress:
            if let wanted = self.wanted[name] {
                self.want(wanted, now: now, using: &generator)
            } else {
                self.drop(name, now: now, using: &generator)
            }
        case .changeType:
            self.changeType(of: name, now: now, using: &generator)
            self.useNameServer(for: name, now: now, using: &generator)
        case .register:
            self.useNameServer(for: name, now: now, using: &generator)
        case .renew(let server):
            guard self.claims[name]?.registration?.grant?.server == server else { return }
            self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                registration.renew(transactionID: generator.next())
                return .none
            }
        }
    }

    /// Claims a name, or has it claimed as it is wanted now.
    private mutating func want(
        _ advertised: AdvertisedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let name = advertised.name
        let nodeType = self.configuration.nodeType
        let transactionID: UInt16 = generator.next()
        self.leaving.remove(name)
        guard let before = self.claims[name]?.claim.advertised else {
            self.claims[name] = Record(claim: NameClaim(advertised), number: self.nextNumber)
            self.nextNumber += 1
            self.step(name, now: now, using: &generator) { claim, _ in
                claim.begin(as: nodeType, transactionID: transactionID)
            }
            return
        }
        self.claims[name]?.isGone = false
        self.step(name, now: now, using: &generator) { claim, _ in
            claim.want(advertised, as: nodeType, transactionID: transactionID)
        }
        guard advertised != before, let claim = self.claims[name]?.claim else { return }
        if claim.isOwned { self.events.append(.readdressed(name)) }
        guard claim.isRegistrable(as: nodeType) else { return }
        let server = self.servers.current
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.want(advertised, at: server, now: now, using: &generator)
            return .none
        }
    }

    /// Gives a name up: with releases in the broadcast area and at the name servers, or in silence where its address is gone.
    private mutating func drop(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let claim = self.claims[name]?.claim else { return }
        guard self.wanted.isHere(claim.advertised) else {
            self.forget(name)
            self.events.append(.forgotten(name))
            return
        }
        self.leaving.insert(name)
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.release(using: &generator)
        }
        self.step(name, now: now, using: &generator) { claim, generator in
            claim.release(transactionID: generator.next())
        }
    }

    /// Has a name registered as a node of the present type does.
    private mutating func changeType(
        of name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let nodeType = self.configuration.nodeType
        if nodeType == .broadcast {
            self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                registration.release(using: &generator)
            }
        }
        self.step(name, now: now, using: &generator) { claim, generator in
            claim.change(to: nodeType, transactionID: generator.next())
        }
    }

    /// Has a name registered with the server that is in use; without one, has its claim do without.
    private mutating func useNameServer(
        for name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let nodeType = self.configuration.nodeType
        guard self.claims[name]?.claim.isRegistrable(as: nodeType) == true else { return }
        self.registerAlso(name, now: now, using: &generator)
        guard self.servers.current == nil else { return }
        self.step(name, now: now, using: &generator) { claim, generator in
            claim.unreachable(as: nodeType, transactionID: generator.next())
        }
    }
}
