/// An end node on one interface: it claims its names, answers and defends them, and releases them (RFC 1002 §5.1.1).
///
/// It does nothing by itself. Whoever runs it hands in datagrams and the time, and after each call sends what
/// ``nextTransmission()`` gives, reports what ``nextEvent()`` gives, and calls ``advance(to:using:)`` at
/// ``nextDeadline``. Times are since any moment that stays the same. Random numbers come from the caller too.
///
/// Answering a query is one look-up, whatever the number of names; every step of a claim takes logarithmic time.
/// Answers leave at once; registrations and releases leave at ``Configuration/claimRate``, and of these the names that
/// are half claimed come first, then releases, then new names.
///
/// What the file holds beside that, and why it is long: everything that touches the node's private state, in four
/// parts, for names, datagrams, time and what comes out. What is decided stands elsewhere: ``NameClaim`` knows the
/// states of one name, ``NameResponder`` the answers.
public struct NameNode: Sendable {
    /// What the node knows of its interface.
    public private(set) var configuration: Configuration
    /// How many packets came and went.
    public private(set) var counters = NameServiceCounters()

    private var responder: NameResponder
    private var table = NameTable()
    private var claims: [QualifiedName: Record] = [:]
    private var timers = TimerQueue<QualifiedName>()
    private var pace: Pace
    private var lanes = ClaimLanes()
    private var answers = Queue<NameTransmission>()
    private var broadcasts = Queue<NameTransmission>()
    private var events = Queue<NameEvent>()
    private var nextNumber = 0

    /// A claim, and where it waits.
    private struct Record: Sendable {
        var claim: NameClaim
        /// When it came, to keep the order of the configuration.
        let number: Int
        /// The deadline that is in `timers` for it.
        var scheduled: Duration?
        /// What its place in the lanes must say to be the one that counts; `nil` when it is in none.
        var ticket: Int?
    }

    /// A node without names.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        self.pace = Pace(rate: configuration.claimRate)
        self.responder = NameResponder(
            address: configuration.address,
            ownAddresses: [],
            nodeType: configuration.nodeType,
            timeToLive: configuration.timeToLive,
            unitID: configuration.unitID
        )
    }

    /// The other addresses of this host: what comes from them, or registers them, is our own and never an objection.
    ///
    /// Addresses that names are advertised with belong in it while they are on an interface of this host.
    public var ownAddresses: Set<IPv4Address> {
        get { self.responder.ownAddresses }
        set { self.responder.ownAddresses = newValue }
    }
}

// MARK: - Names

extension NameNode {
    /// Claims what is new in `names`, releases what is no longer in it, and touches nothing else.
    ///
    /// A name that comes back while it is being released is claimed anew. A name whose address alone changed stays
    /// ours and is announced again. Of two entries with one name the first counts.
    public mutating func setNames(
        _ names: [AdvertisedName],
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let wanted = Dictionary(names.map { ($0.name, $0) }) { first, _ in first }
        let unwanted = self.claims.filter { wanted[$0.key] == nil }.sorted { $0.value.number < $1.value.number }
        for (name, _) in unwanted {
            let transactionID: UInt16 = generator.next()
            self.step(name) { $0.release(transactionID: transactionID) }
        }
        for advertised in names where wanted[advertised.name] == advertised {
            let name = advertised.name
            let transactionID: UInt16 = generator.next()
            if self.claims[name] != nil {
                self.step(name) { $0.want(advertised, transactionID: transactionID) }
            } else {
                let claim = NameClaim(advertised, transactionID: transactionID)
                self.claims[name] = Record(claim: claim, number: self.nextNumber)
                self.nextNumber += 1
                self.perform(.broadcast, for: name)
            }
        }
        self.advance(to: now, using: &generator)
    }

    /// Releases every name, for an orderly stop; it is over when ``isIdle``.
    public mutating func releaseAll(now: Duration, using generator: inout some RandomNumberGenerator) {
        self.setNames([], now: now, using: &generator)
    }

    /// Forgets every name without a word, for an address that is gone: a release would delete the new holder's record.
    public mutating func stopSilently() {
        self.claims.removeAll()
        self.table.removeAll()
        self.timers.removeAll()
        self.lanes = ClaimLanes()
        self.answers.removeAll()
        self.broadcasts.removeAll()
    }

    /// Forgets one name without a word, for an address that is gone.
    public mutating func forget(_ name: QualifiedName) {
        self.claims[name] = nil
        self.table.remove(name)
    }

    /// Takes over another configuration. Names that are owned stay so, and are answered for by it.
    public mutating func update(_ configuration: Configuration) {
        self.configuration = configuration
        self.pace = Pace(rate: configuration.claimRate)
        let ownAddresses = self.responder.ownAddresses
        self.responder = NameResponder(
            address: configuration.address,
            ownAddresses: ownAddresses,
            nodeType: configuration.nodeType,
            timeToLive: configuration.timeToLive,
            unitID: configuration.unitID
        )
    }

    /// Whether there is no name left, owned, claimed or being released, and nothing left to send.
    public var isIdle: Bool { self.claims.isEmpty && self.answers.isEmpty && self.broadcasts.isEmpty }

    /// Every name and where its claim stands, in the order in which they came. Takes time for each of them.
    public var names: [NameStatus] {
        self.claims.values.sorted { $0.number < $1.number }.map {
            NameStatus(advertised: $0.claim.advertised, state: $0.claim.state)
        }
    }

    /// Where the claim of a name stands; `nil` for a name that the node does not have.
    public func state(of name: QualifiedName) -> NameState? {
        self.claims[name]?.claim.state
    }
}

// MARK: - Datagrams

extension NameNode {
    /// Takes one datagram that came in on the interface; `wasBroadcast` is whether it was sent to a broadcast address.
    ///
    /// - Throws: ``WireError`` for bytes that are not a packet; they are counted, and get no answer.
    public mutating func received(
        _ bytes: [UInt8],
        from source: NameServiceEndpoint,
        wasBroadcast: Bool,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) throws(WireError) {
        let packet: NameServicePacket
        do {
            packet = try NameServicePacket(decoding: bytes)
        } catch {
            self.counters[.malformed, .ignored] += 1
            throw error
        }
        self.received(packet, from: source, wasBroadcast: wasBroadcast, now: now, using: &generator)
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
        switch packet {
        case .request(let request):
            let outcome: NameServiceCounters.Outcome =
                if isOffLink {
                    .offLink
                } else if self.responder.isOurs(source.address), request.operation.entry != nil {
                    .own
                } else if source.port < NameServiceEndpoint.standardPort || !self.isHost(source.address) {
                    .badSource
                } else {
                    self.answer(request, to: source, wasBroadcast: wasBroadcast) ? .answered : .ignored
                }
            self.counters[request.operation.counted, outcome] += 1
            if case .release = request.operation, outcome == .ignored {
                let timing = self.configuration.timing
                self.step(request.name) { $0.released(by: source.address, at: now, timing: timing) }
                self.forgetStaleTimers()
            }
        case .response(let response):
            let outcome: NameServiceCounters.Outcome =
                if isOffLink {
                    .offLink
                } else if self.responder.isOurs(source.address) {
                    .own
                } else {
                    self.heard(response, from: source.address, now: now, using: &generator) ? .accepted : .ignored
                }
            self.counters[.response, outcome] += 1
            self.forgetStaleTimers()
        }
    }

    /// Whether `address` can be the address of one host: not nobody's, and not everybody's.
    private func isHost(_ address: IPv4Address) -> Bool {
        address != .any && address != .limitedBroadcast && address != self.configuration.broadcastAddress
            && address.rawValue >> 28 != 0xE
    }

    /// Answers a request where there is an answer; false for silence.
    private mutating func answer(
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
    /// Only hosts of the interface's network are asked whether they hold a name.
    private mutating func heard(
        _ response: NameServiceResponse,
        from host: IPv4Address,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        guard let claim = self.claims[response.name]?.claim else { return false }
        let timing = self.configuration.timing
        let id = response.transactionID
        switch response.answer {
        case .registrationRefused(_, let entry, _):
            var holder = host
            if claim.isOwned {
                if entry.address != .any, !self.responder.isOurs(entry.address, claim.advertised) {
                    holder = entry.address
                }
                guard self.configuration.network.contains(holder), self.isHost(holder) else { return false }
            }
            return self.step(response.name) { claim in
                claim.objected(by: holder, transactionID: id, at: now, timing: timing, using: &generator)
            }
        case .addresses(let entries, _):
            let isHolder = entries.contains { entry in
                !(entry.isGroup && claim.advertised.isGroup)
                    && !self.responder.isOurs(entry.address, claim.advertised)
            }
            return self.step(response.name) { claim in
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
            return self.step(response.name) { claim in
                claim.answered(by: host, transactionID: id, isHolder: false, at: now, timing: timing, using: &generator)
            }
        case .redirect, .nodeStatus, .registered, .challenge, .released, .releaseRefused, .wait:
            return false
        }
    }
}

// MARK: - Time

extension NameNode {
    /// When ``advance(to:using:)`` is to be called next, perhaps a moment that has passed; `nil` for not at all.
    public var nextDeadline: Duration? {
        let timer = self.timers.first?.deadline
        guard !self.lanes.isEmpty else { return timer }
        return timer.map { min($0, self.pace.nextMoment) } ?? self.pace.nextMoment
    }

    /// Lets the time pass up to `now`: waits end, and packets leave as the pace allows.
    public mutating func advance(to now: Duration, using generator: inout some RandomNumberGenerator) {
        let timing = self.configuration.timing
        self.forgetStaleTimers()
        while let (deadline, name) = self.timers.first, deadline <= now {
            self.removeFirstTimer()
            self.step(name) { $0.timeOut(at: now, timing: timing, using: &generator) }
            self.forgetStaleTimers()
        }
        while self.pace.nextMoment <= now, let place = self.lanes.popFirst() {
            guard self.claims[place.name]?.ticket == place.ticket else { continue }
            self.broadcast(place.name, now: now)
        }
    }

    /// Takes out what no claim waits for any more, so that the first timer is one that counts.
    private mutating func forgetStaleTimers() {
        while let (deadline, name) = self.timers.first, self.claims[name]?.claim.deadline != deadline {
            self.removeFirstTimer()
        }
    }

    /// Takes the first timer out.
    private mutating func removeFirstTimer() {
        guard let (deadline, name) = self.timers.first else { return }
        self.timers.removeFirst()
        if self.claims[name]?.scheduled == deadline { self.claims[name]?.scheduled = nil }
    }

    /// Sends what a claim wants to broadcast.
    private mutating func broadcast(_ name: QualifiedName, now: Duration) {
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
        self.perform(isLast ? .released : .none, for: name)
    }
}

// MARK: - What comes out

extension NameNode {
    /// The next datagram to send, answers first; `nil` when there is none now.
    public mutating func nextTransmission() -> NameTransmission? {
        self.answers.popFirst() ?? self.broadcasts.popFirst()
    }

    /// The next thing that happened to a name; `nil` when all were told.
    public mutating func nextEvent() -> NameEvent? {
        self.events.popFirst()
    }

    /// Gives an event to a claim and does what it says; false when that is nothing.
    @discardableResult
    private mutating func step(_ name: QualifiedName, _ event: (inout NameClaim) -> NameClaim.Action) -> Bool {
        guard var claim = self.claims[name]?.claim else { return false }
        let before = claim.phase
        let action = event(&claim)
        let hasChanged = claim.phase != before
        self.claims[name]?.claim = claim
        self.perform(action, for: name)
        return hasChanged
    }

    /// Does what a claim says, and sees to its deadline.
    private mutating func perform(_ action: NameClaim.Action, for name: QualifiedName) {
        guard let claim = self.claims[name]?.claim else { return }
        if claim.isOwned { self.table.insert(claim.advertised) } else { self.table.remove(name) }
        switch action {
        case .none:
            break
        case .broadcast:
            self.enqueue(name)
        case .own:
            self.events.append(.owned(name))
            self.enqueue(name)
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
        case .released:
            self.claims[name] = nil
            self.events.append(.released(name))
            return
        }
        guard let deadline = claim.deadline, deadline != self.claims[name]?.scheduled else { return }
        self.claims[name]?.scheduled = deadline
        self.timers.insert(name, at: deadline)
    }

    /// Lets a claim wait for its turn to broadcast; a turn that it waited for before is void.
    private mutating func enqueue(_ name: QualifiedName) {
        guard let phase = self.claims[name]?.claim.phase else { return }
        let ticket = self.nextNumber
        self.nextNumber += 1
        self.claims[name]?.ticket = ticket
        self.lanes.append(ClaimLanes.Place(name: name, ticket: ticket), for: phase)
    }
}
