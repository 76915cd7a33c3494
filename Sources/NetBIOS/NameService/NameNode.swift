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
    var pace: TokenBucket
    var lanes = ClaimLanes()
    var servers: NameServers
    var checks = NameServerChecks()
    /// The names that are wanted.
    var wanted = Wanted()
    /// Work on many names that is under way; the first is continued by each ``advance(to:using:)``.
    var walks: [NameWalk] = []
    /// Names that are wanted no longer and whose releases are under way.
    var leaving: Set<QualifiedName> = []
    /// Owned names whose holder, according to somebody, is being asked; at most ``verificationLimit``.
    var verifying: Set<QualifiedName> = []
    var answers = Queue<NameTransmission>()
    var broadcasts = Queue<NameTransmission>()
    var events = Queue<NameEvent>()
    var nextNumber = 0
    var limits = SourceRateLimiter()
    /// Names that walks have visited since the start.
    var visitCount = 0

    /// The most names that one call works on.
    public static let workLimit = 16

    /// The most holders that are asked at a time.
    static let verificationLimit = 64

    /// The names to have, and the addresses of names that can be had here.
    struct Wanted: Sendable {
        var list = NameList.empty
        /// `nil` for all.
        var addresses: Set<IPv4Address>?

        subscript(name: QualifiedName) -> AdvertisedName? {
            self.list[name].flatMap { self.isHere($0) ? $0 : nil }
        }

        func isHere(_ name: AdvertisedName) -> Bool {
            guard let address = name.address, let addresses else { return true }
            return addresses.contains(address)
        }
    }

    /// A claim with its registration and queue entries.
    struct Record: Sendable {
        var claim: NameClaim
        /// The registration with name servers; `nil` until they are used.
        var registration: NameRegistration?
        /// The sequence number of the name, to keep the order of the configuration.
        let number: Int
        /// Its place in a lane that counts; `nil` when it is in none.
        var place: ClaimLanes.Place?
        var serverPlace: ClaimLanes.Place?
        /// Whether only the name servers are still to be told that the name is gone.
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
        self.pace = TokenBucket(rate: configuration.claimRate)
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
    /// A name that comes back while it is being released is claimed anew. A name whose address alone changed stays
    /// ours and is announced again.
    ///
    /// Names with an address of their own that is not in `addresses`, which are the addresses that names can be advertised
    /// with here, or `nil` for all, are left out. Owned ones are forgotten in silence: another host may have the address now.
    public mutating func setNames(
        _ names: NameList,
        at addresses: Set<IPv4Address>? = nil,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let before = self.wanted
        let addresses = addresses.map { $0.filter(names.has) }
        self.wanted = Wanted(list: names, addresses: addresses)
        if names != before.list {
            self.walks.removeAll { $0.task == .take }
            self.walks.append(NameWalk(.drop, before.list))
            self.walks.append(NameWalk(.take, names))
            if self.claims.isEmpty {
                self.claims.reserveCapacity(names.names.count)
                self.timers.reserveCapacity(names.names.count)
                self.table.reserveCapacity(names.names.count)
            }
        } else if addresses != before.addresses {
            let changed = (addresses ?? []).symmetricDifference(before.addresses ?? [])
            self.walks.append(NameWalk(.readdress, names, places: changed.flatMap(names.places).sorted()))
        }
        self.advance(to: now, using: &generator)
    }

    /// Claims and releases names as above.
    public mutating func setNames(
        _ names: [AdvertisedName],
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        self.setNames(NameList(names), now: now, using: &generator)
    }

    /// Releases all names, for an orderly stop; complete when ``isIdle``.
    public mutating func releaseAll(now: Duration, using generator: inout some RandomNumberGenerator) {
        self.setNames(.empty, now: now, using: &generator)
    }

    /// Forgets every name without a word, for an address that is gone: a release would delete the new holder's record.
    ///
    /// - Returns: The node as it was, to be destroyed where that holds up nobody: it takes time for each name.
    @discardableResult
    public mutating func stopSilently() -> NameNode {
        let before = self
        self.wanted = Wanted()
        self.walks.removeAll()
        self.claims.removeAll()
        self.leaving.removeAll()
        self.verifying.removeAll()
        self.table.removeAll()
        self.timers.removeAll()
        self.lanes = ClaimLanes()
        self.checks = NameServerChecks()
        self.answers.removeAll()
        self.broadcasts.removeAll()
        return before
    }

    /// Drops one name without a release, if its address is gone.
    public mutating func forget(_ name: QualifiedName) {
        self.remove(name)
        self.table.remove(name)
    }

    /// Removes the claim of a name, and all that waits for it.
    mutating func remove(_ name: QualifiedName) {
        self.claims[name] = nil
        self.timers.remove(name)
        self.leaving.remove(name)
        self.verifying.remove(name)
    }

    /// Applies another configuration. Owned names stay owned; if the node type or the name servers change, they are
    /// registered as those require.
    public mutating func update(
        _ configuration: Configuration,
        now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let old = self.configuration
        guard configuration != old else { return }
        self.configuration = configuration
        if configuration.claimRate != old.claimRate { self.pace = TokenBucket(rate: configuration.claimRate) }
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
        self.walks.removeAll { $0.task == .register }
        let isOtherType = configuration.nodeType != old.nodeType
        self.walks.append(NameWalk(isOtherType ? .changeType : .register, self.wanted.list))
        self.advance(to: now, using: &generator)
    }

    /// Whether there is no name left, owned, claimed or being released, and nothing left to send.
    public var isIdle: Bool {
        self.claims.isEmpty && self.answers.isEmpty && self.broadcasts.isEmpty && self.walks.isEmpty
    }

    /// Names that are owned, claimed or being released.
    public var nameCount: Int { self.claims.count }

    /// Every name and where its claim stands: wanted ones in the order in which they are claimed, then those that are being
    /// released. Takes time for each of them.
    public var names: [NameStatus] {
        self.statuses(0..<self.wanted.list.names.count) + self.leavingStatuses
    }

    /// The number of names that are listed, for ``statuses(_:)``.
    public var listedCount: Int { self.wanted.list.names.count }

    /// The statuses of some of the listed names; those that cannot be owned here are left out.
    public func statuses(_ places: Range<Int>) -> [NameStatus] {
        let list = self.wanted.list.names
        return places.clamped(to: list.indices).compactMap { place in
            let name = list[place]
            if let record = self.claims[name.name] { return self.status(of: record) }
            return self.wanted.isHere(name) ? NameStatus(advertised: name, state: .claiming) : nil
        }
    }

    /// The names that are wanted no longer and whose releases are under way.
    public var leavingStatuses: [NameStatus] {
        self.leaving.compactMap { self.claims[$0] }.sorted { $0.number < $1.number }.map(self.status)
    }

    private func status(of record: Record) -> NameStatus {
        let grant = record.registration?.grant
        return NameStatus(
            advertised: record.claim.advertised,
            state: record.claim.state,
            registrar: self.registrar(of: record),
            grantedTimeToLive: grant?.timeToLive,
            nextRefresh: grant?.refresh
        )
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

    /// Returns the state of a name's claim; `nil` for an unknown name.
    public func state(of name: QualifiedName) -> NameState? {
        self.claims[name]?.claim.state
    }

    /// The address of its own that a name is advertised with; `nil` for the interface's.
    public func address(of name: QualifiedName) -> IPv4Address? {
        (self.claims[name]?.claim.advertised ?? self.wanted.list[name])?.address
    }
}
