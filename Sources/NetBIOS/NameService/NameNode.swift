/// An end node on one interface: it claims its names, answers and defends them, and releases them (RFC 1002 §5.1).
///
/// It does nothing by itself. Whoever runs it hands in datagrams and the time, and after each call sends what
/// ``nextTransmission()`` gives, reports what ``nextEvent()`` gives, and calls ``advance(to:using:)`` at
/// ``nextDeadline``. Times are since any moment that stays the same. Random numbers come from the caller too.
///
/// Answering a query is one look-up, whatever the number of names; every step of a claim takes logarithmic time.
/// Answers leave at once; registrations and releases leave at ``Configuration/claimRate``, and of these the names that
/// are half claimed come first, then releases, then new names.
///
/// What is decided stands elsewhere: ``NameClaim`` knows the states of one name, ``NameRegistration`` what the name servers
/// have of it, ``NameServers`` which of them is used, ``NameResponder`` the answers. The node's own part is in four files:
/// its names here, then datagrams, time, and name servers.
public struct NameNode: Sendable {
    /// What the node knows of its interface.
    public private(set) var configuration: Configuration
    /// How many packets came and went.
    public internal(set) var counters = NameServiceCounters()

    var responder: NameResponder
    var table = NameTable()
    var claims: [QualifiedName: Record] = [:]
    var timers = TimerQueue<QualifiedName>()
    var pace: Pace
    var lanes = ClaimLanes()
    var servers: NameServers
    /// Names that are registered at a name server, in the order in which it is asked whether it still has them.
    var checks = Queue<ClaimLanes.Place>()
    /// When it is asked next.
    var nextCheck: Duration?
    var answers = Queue<NameTransmission>()
    var broadcasts = Queue<NameTransmission>()
    var events = Queue<NameEvent>()
    var nextNumber = 0
    var limits = SourceLimits()

    /// A claim, and where it waits.
    struct Record: Sendable {
        var claim: NameClaim
        /// What the name servers have of it; `nil` as long as they were not asked.
        var registration: NameRegistration?
        /// When it came, to keep the order of the configuration.
        let number: Int
        /// The deadline that is in `timers` for it.
        var scheduled: Duration?
        /// What its places in the lanes must say to be the ones that count; `nil` when it is in none.
        var ticket: Int?
        var serverTicket: Int?
        /// Whether it is among `checks`.
        var isChecked = false
        /// Whether only the name servers are still to be told that the name is gone.
        var isGone = false

        /// When the claim or the registration is to be told that its time has come.
        var deadline: Duration? {
            guard let deadline = self.registration?.deadline else { return self.claim.deadline }
            return self.claim.deadline.map { min($0, deadline) } ?? deadline
        }
    }

    /// A node without names.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        self.pace = Pace(rate: configuration.claimRate)
        self.servers = NameServers(configuration.usedNameServers)
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
        for name in self.orderedNames where wanted[name] == nil {
            self.release(name, now: now, using: &generator)
        }
        for advertised in names where wanted[advertised.name] == advertised {
            self.want(advertised, now: now, using: &generator)
        }
        self.advance(to: now, using: &generator)
    }

    /// Claims a name, or sees to it that it is claimed as it is wanted now.
    private mutating func want(
        _ advertised: AdvertisedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let name = advertised.name
        let nodeType = self.configuration.nodeType
        let transactionID: UInt16 = generator.next()
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
        guard advertised != before, self.claims[name]?.claim.isRegistrable(as: nodeType) == true else { return }
        let server = self.servers.current
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.want(advertised, at: server, now: now, using: &generator)
            return .none
        }
    }

    /// Gives a name up, in the broadcast area and at the name servers.
    private mutating func release(
        _ name: QualifiedName,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        self.stepRegistration(name, now: now, using: &generator) { registration, generator in
            registration.release(using: &generator)
        }
        self.step(name, now: now, using: &generator) { claim, generator in
            claim.release(transactionID: generator.next())
        }
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
        self.checks.removeAll()
        self.nextCheck = nil
        self.answers.removeAll()
        self.broadcasts.removeAll()
    }

    /// Forgets one name without a word, for an address that is gone.
    public mutating func forget(_ name: QualifiedName) {
        self.claims[name] = nil
        self.table.remove(name)
    }

    /// Takes over another configuration. Names that are owned stay so, and are answered for by it; where another node type
    /// or other name servers ask for it, they are registered elsewhere too.
    public mutating func update(
        _ configuration: Configuration,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let old = self.configuration
        self.configuration = configuration
        if configuration.claimRate != old.claimRate { self.pace = Pace(rate: configuration.claimRate) }
        let ownAddresses = self.responder.ownAddresses
        self.responder = NameResponder(
            address: configuration.address,
            ownAddresses: ownAddresses,
            nodeType: configuration.nodeType,
            timeToLive: configuration.timeToLive,
            unitID: configuration.unitID
        )
        guard configuration.nodeType != old.nodeType || configuration.usedNameServers != old.usedNameServers
        else { return }
        self.servers.replace(with: configuration.usedNameServers)
        if configuration.nodeType != old.nodeType { self.changeType(now: now, using: &generator) }
        self.useNameServer(now: now, using: &generator)
    }

    /// Has every name registered as a node of the present type does.
    private mutating func changeType(now: Duration, using generator: inout some RandomNumberGenerator) {
        let nodeType = self.configuration.nodeType
        for name in self.orderedNames {
            if nodeType == .broadcast {
                self.stepRegistration(name, now: now, using: &generator) { registration, generator in
                    registration.release(using: &generator)
                }
            }
            self.step(name, now: now, using: &generator) { claim, generator in
                claim.change(to: nodeType, transactionID: generator.next())
            }
        }
    }

    /// The names in the order in which they came.
    var orderedNames: [QualifiedName] {
        self.claims.sorted { $0.value.number < $1.value.number }.map(\.key)
    }

    /// Whether there is no name left, owned, claimed or being released, and nothing left to send.
    public var isIdle: Bool { self.claims.isEmpty && self.answers.isEmpty && self.broadcasts.isEmpty }

    /// Every name and where its claim stands, in the order in which they came. Takes time for each of them.
    public var names: [NameStatus] {
        self.claims.values.sorted { $0.number < $1.number }.map { record in
            let grant = record.registration?.grant
            return NameStatus(
                advertised: record.claim.advertised,
                state: record.claim.state,
                registrar: self.registrar(of: record),
                grantedTimeToLive: grant?.timeToLive,
                nextRefresh: grant?.refresh
            )
        }
    }

    /// Where a name is registered, or is to be.
    private func registrar(of record: Record) -> NameRegistrar {
        if let grant = record.registration?.grant { return .nameServer(grant.server) }
        if let server = record.registration?.asked?.host, self.servers.addresses.contains(server) {
            return .nameServer(server)
        }
        guard !record.claim.isBroadcast, self.configuration.nodeType != .broadcast,
            let server = self.servers.current ?? self.servers.addresses.first
        else { return .broadcast }
        return .nameServer(server)
    }

    /// Where the claim of a name stands; `nil` for a name that the node does not have.
    public func state(of name: QualifiedName) -> NameState? {
        self.claims[name]?.claim.state
    }
}
