/// An end node on one interface: claims, answers for, defends and releases its names (RFC 1002 §5.1).
///
/// The caller passes in datagrams, the time and random numbers, and after each call sends the datagrams of
/// ``nextTransmission()``, reports the events of ``nextEvent()``, and calls ``advance(to:using:)`` at ``nextDeadline``.
/// Times count from an arbitrary fixed moment.
///
/// Answering a query is one lookup, whatever the number of names; each step of a claim takes logarithmic time.
/// Responses are sent at once; registrations and releases at ``Configuration/claimRate``, claims in progress first,
/// then releases, then new names.
///
/// Decisions are made elsewhere: ``NameClaim`` has the states of one name, ``NameRegistration`` its registration with
/// name servers, ``NameServers`` chooses among them, and ``NameResponder`` makes responses. The node itself is in four
/// files: names here, then datagrams, time, and name servers.
public struct NameNode: Sendable {
    /// The settings of the interface.
    public private(set) var configuration: Configuration
    /// The counters of received and sent packets.
    public internal(set) var counters = NameServiceCounters()

    var responder: NameResponder
    var table = NameTable()
    var claims: [QualifiedName: Record] = [:]
    var timers = TimerQueue<QualifiedName>()
    var pace: Pace
    var lanes = ClaimLanes()
    var servers: NameServers
    /// Names registered with a name server, in the order in which it is queried for them.
    var checks = Queue<ClaimLanes.Place>()
    /// The time of the next such query.
    var nextCheck: Duration?
    var answers = Queue<NameTransmission>()
    var broadcasts = Queue<NameTransmission>()
    var events = Queue<NameEvent>()
    var nextNumber = 0
    var limits = SourceLimits()

    /// A claim with its registration and queue entries.
    struct Record: Sendable {
        var claim: NameClaim
        /// The registration with name servers; `nil` until they are used.
        var registration: NameRegistration?
        /// The sequence number of the name, to keep the order of the configuration.
        let number: Int
        /// What its places in the lanes must say to be the ones that count; `nil` when it is in none.
        var ticket: Int?
        var serverTicket: Int?
        /// Whether it is in `checks`.
        var isChecked = false
        /// Whether only the release at the name servers is still pending.
        var isGone = false

        /// The earlier deadline of the claim and the registration.
        var deadline: Duration? {
            guard let deadline = self.registration?.deadline else { return self.claim.deadline }
            return self.claim.deadline.map { min($0, deadline) } ?? deadline
        }
    }

    /// Makes a node without names.
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

    /// The other addresses of this host: packets from them, and registrations of them, are the router's own and never
    /// objections.
    ///
    /// Includes the addresses that names are advertised with, while they are on an interface of this host.
    public var ownAddresses: Set<IPv4Address> {
        get { self.responder.ownAddresses }
        set { self.responder.ownAddresses = newValue }
    }
}

// MARK: - Names

extension NameNode {
    /// Claims new names, releases missing ones, and leaves the others unchanged.
    ///
    /// A name that returns while it is being released is claimed again. A name with a changed address stays owned and
    /// is announced again. Of duplicates the first counts.
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

    /// Claims a name, or updates its claim to the wanted form.
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

    /// Releases a name, by broadcast and at the name servers.
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

    /// Releases all names, for an orderly stop; complete when ``isIdle``.
    public mutating func releaseAll(now: Duration, using generator: inout some RandomNumberGenerator) {
        self.setNames([], now: now, using: &generator)
    }

    /// Drops all names without releases, if their address is gone: a release would delete the new holder's
    /// registration.
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

    /// Drops one name without a release, if its address is gone.
    public mutating func forget(_ name: QualifiedName) {
        self.claims[name] = nil
        self.timers.remove(name)
        self.table.remove(name)
    }

    /// Applies another configuration. Owned names stay owned; if the node type or the name servers change, they are
    /// registered as those require.
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

    /// Registers all names as the current node type requires.
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

    /// The names in the order of their addition.
    var orderedNames: [QualifiedName] {
        self.claims.sorted { $0.value.number < $1.value.number }.map(\.key)
    }

    /// Whether no names are left, not even ones being released, and nothing is left to send.
    public var isIdle: Bool { self.claims.isEmpty && self.answers.isEmpty && self.broadcasts.isEmpty }

    /// All names with the states of their claims, in the order of their addition. Takes linear time.
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

    /// Returns the present or intended registrar of a name.
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

    /// Returns the state of a name's claim; `nil` for an unknown name.
    public func state(of name: QualifiedName) -> NameState? {
        self.claims[name]?.claim.state
    }
}
