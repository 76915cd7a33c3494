import Logging
import Sockets
import NetBIOS
import RouteConfig

/// Runs one ``NameNode``: feeds it datagrams, time and random numbers, sends its packets and logs its events.
///
/// Confined to the event loop of its ``NameServer``.
final class NameNodeRunner {
    private(set) var network: NameNetwork
    private var node: NameNode
    private var generator = SystemRandomNumberGenerator()
    private let timer: DeadlineTimer
    /// Announces the names to browsers, if configured, and until its farewells are sent.
    private var announcements: AnnouncementRunner?
    /// The names that are advertised on all networks.
    private var names = NameList.empty
    /// The place in `names` of the next to announce since announcing began; `nil` when all were.
    private var announcing: Int?
    /// The addresses of owned names that have one of their own, for the log of their releases.
    private var ownAddresses: [QualifiedName: IPv4Address] = [:]
    private let turns: NameTurns
    private var isTurnRequested = false
    /// Names whose conflict was not logged: neither is their return.
    private var quietNames: Set<QualifiedName> = []
    /// A release of all names that is under way.
    private var release: (limit: LoopTimer, completion: () -> Void)?
    private let limiters: NameLogLimiters
    private let server: NameServer
    private let loop: EventLoop
    private let ports: NamePorts
    private let logger: Logger

    init(
        _ network: NameNetwork,
        _ configuration: RouterConfiguration,
        ownAddresses: Set<IPv4Address>,
        on loop: EventLoop,
        turns: NameTurns,
        ports: NamePorts,
        server: NameServer,
        limiters: NameLogLimiters,
        logger: Logger
    ) {
        self.network = network
        self.node = NameNode(NameNode.Configuration(network, configuration))
        self.node.ownAddresses = ownAddresses
        self.timer = DeadlineTimer(on: loop)
        self.loop = loop
        self.turns = turns
        self.ports = ports
        self.server = server
        self.limiters = limiters
        self.logger = logger
        self.updateAnnouncements(configuration)
    }

    /// Whether nothing is left to release.
    var isIdle: Bool { self.node.isIdle && self.announcements?.isIdle ?? true }

    /// Names that are owned, claimed or being released.
    var nameCount: Int { self.node.nameCount }

    /// The counters of the node and of its announcements.
    var counters: NameServiceCounters {
        var counters = self.node.counters
        if let announcements { counters.add(announcements.counters) }
        return counters
    }

    /// The number of conflicts detected.
    private(set) var conflicts = 0

    /// The number of names that are listed, for ``statuses(_:)``.
    var listedCount: Int { self.node.listedCount }

    /// Where the claims of some of the listed names stand.
    func statuses(_ places: Range<Int>) -> [NameStatus] { self.node.statuses(places) }

    /// The names that are wanted no longer and whose releases are under way.
    var leavingStatuses: [NameStatus] { self.node.leavingStatuses }

    /// Takes over the other addresses of this host.
    func setOwnAddresses(_ addresses: Set<IPv4Address>) { self.node.ownAddresses = addresses }

    /// Applies settings that may change while names stay, and cancels a release of all names.
    func update(_ network: NameNetwork, _ configuration: RouterConfiguration, ownAddresses: Set<IPv4Address>) {
        self.cancelRelease()
        self.network = network
        self.node.ownAddresses = ownAddresses
        self.node.update(NameNode.Configuration(network, configuration), now: Self.now, using: &self.generator)
        self.updateAnnouncements(configuration)
    }

    /// Starts announcing the names, or withdraws them, as configured.
    private func updateAnnouncements(_ configuration: RouterConfiguration) {
        if let announcements {
            announcements.update(self.network, configuration)
        } else {
            self.announcements = AnnouncementRunner(
                self.network,
                configuration,
                on: self.loop,
                turns: self.turns,
                ports: self.ports,
                logger: self.logger
            ) { [weak self] in
                guard let self else { return }
                self.server.assumeIsolated { $0.closeUnwantedPorts() }
                self.finishReleaseIfIdle()
            }
        }
        self.announcing = self.announcements == nil ? nil : 0
    }

    /// Claims the added names, releases the removed ones, and forgets without a word those whose address has gone.
    func setNames(_ names: NameList, at addresses: [IPv4Address]) {
        self.names = names
        self.node.setNames(names, at: Set(addresses), now: Self.now, using: &self.generator)
        self.drain(from: self.network.address)
    }

    /// Releases all names.
    ///
    /// - Parameters:
    ///   - limit: The time limit.
    ///   - completion: Called on a later turn of the loop, after all names are released or the limit has passed, unless
    ///     the node is updated or stopped first.
    func releaseAll(within limit: Duration, completion: @escaping () -> Void) {
        self.cancelRelease()
        let timer = self.loop.schedule(at: self.loop.now + limit) { self.finishRelease() }
        self.release = (timer, completion)
        self.announcements?.releaseAll()
        self.node.releaseAll(now: Self.now, using: &self.generator)
        self.drain(from: self.network.address)
    }

    private func cancelRelease() {
        self.loop.cancel(self.release?.limit)
        self.release = nil
    }

    /// Completes a finished release, on a later turn of the loop.
    private func finishReleaseIfIdle() {
        guard let release, self.isIdle else { return }
        self.loop.cancel(release.limit)
        self.release?.limit = self.loop.schedule(at: self.loop.now) { self.finishRelease() }
    }

    private func finishRelease() {
        let release = self.release.take()
        release?.completion()
    }

    func stopSilently() {
        self.cancelRelease()
        self.timer.cancel()
        self.announcements?.stopSilently()
        let names = self.node.stopSilently()
        // To take thousands of names apart takes a while, for which no query is to wait.
        Task.detached { withExtendedLifetime(names) {} }
    }

    func received(_ bytes: [UInt8], from source: NameServiceEndpoint, broadcast: Bool, replyFrom address: IPv4Address) {
        let now = Self.now
        if let answer = self.node.quickAnswer(to: bytes, from: source, wasBroadcast: broadcast, now: now) {
            return self.ports.send(answer, to: source, from: self.network.socket(for: address))
        }
        do throws(WireError) {
            try self.node.received(
                bytes,
                from: source,
                wasBroadcast: broadcast,
                now: now,
                using: &self.generator
            )
        } catch {
            self.logger.trace(
                "datagram dropped",
                metadata: Logger.Metadata([.client: source, .reason: error])
            )
        }
        self.drain(from: address)
    }

    /// Processes a datagram of the datagram service.
    func receivedDatagram(_ bytes: [UInt8], from source: NameServiceEndpoint) {
        self.announcements?.received(bytes, from: source)
    }

    /// The sockets with pending packets, even if nobody else needs them.
    func speakingSockets(isRetiring: Bool) -> [NameSocket] {
        let farewell = self.announcements?.farewellSocket.map { [$0] } ?? []
        return farewell + (isRetiring ? [self.network.socket(for: self.network.address)] : [])
    }

    /// Sends the packets of an event and logs it, and schedules the next deadline.
    private func drain(from address: IPv4Address) {
        while let transmission = self.node.nextTransmission() {
            let socket = self.network.socket(for: transmission.source ?? address)
            self.ports.send(transmission.bytes, to: transmission.destination, from: socket)
        }
        while let event = self.node.nextEvent() {
            self.log(event)
            self.tellBrowsers(of: event)
        }
        self.timer.set(self.announcing == nil ? self.node.nextDeadline : .zero) { self.requestTurn() }
        self.finishReleaseIfIdle()
    }

    private func requestTurn() {
        guard !self.isTurnRequested else { return }
        self.isTurnRequested = true
        self.turns.request {
            self.isTurnRequested = false
            self.node.advance(to: Self.now, using: &self.generator)
            self.announceSome()
            self.drain(from: self.network.address)
        }
    }

    /// Tells browsers of some of the names that were owned when announcing began.
    private func announceSome() {
        guard let start = self.announcing else { return }
        let end = min(start + NameNode.workLimit, self.names.names.count)
        for name in self.names.names[min(start, end)..<end] where self.node.state(of: name.name) == .owned {
            self.announce(name.name)
        }
        self.announcing = end < self.names.names.count ? end : nil
    }

    /// The current time, as the node counts it.
    private static var now: Duration { DeadlineTimer.now }

    private func log(_ event: NameEvent) {
        switch event {
        case .owned(let name):
            self.ownAddresses[name] = self.node.address(of: name)
            let isQuiet = self.quietNames.remove(name) != nil
            self.logger.log(level: isQuiet ? .debug : .info, "name owned", metadata: self.metadata(name))
        case .conflict(let name, let holder):
            let (level, facts) = self.reportConflict(name, holder)
            self.logger.log(level: level, "name in conflict: another host holds it", metadata: facts)
        case .lost(let name, let holder):
            let (level, facts) = self.reportConflict(name, holder)
            self.logger.log(level: level, "name lost: another host holds it", metadata: facts)
        case .defended(let name, let host):
            let place = NameLogLimiters.Place(name: name, network: self.network.id)
            guard case .log(let suppressed) = self.limiters.defences.admit(place, from: host) else { return }
            self.logger.notice("name defended", metadata: self.metadata(name, host, suppressed: suppressed))
        case .nameServerSilent(let server):
            self.logger.warning("name server does not respond", metadata: self.metadata(server))
        case .nameServerUsed(let server?):
            self.logger.notice("name server used", metadata: self.metadata(server))
        case .nameServerUsed(nil):
            self.logger.warning("no name server responds", metadata: self.network.metadata)
        case .released(let name):
            self.quietNames.remove(name)
            self.logger.info("name released", metadata: self.metadata(name))
            self.ownAddresses[name] = nil
        case .readdressed(let name):
            self.ownAddresses[name] = self.node.address(of: name)
        case .forgotten(let name):
            self.quietNames.remove(name)
            self.ownAddresses[name] = nil
        }
    }

    /// Counts a conflict, and returns the level and the facts of its line.
    private func reportConflict(_ name: QualifiedName, _ holder: IPv4Address) -> (Logger.Level, Logger.Metadata) {
        self.conflicts += 1
        switch self.limiters.conflicts.admit(true, from: holder) {
        case .log(let suppressed):
            self.quietNames.remove(name)
            return (.warning, self.metadata(name, holder, suppressed: suppressed))
        case .suppress:
            self.quietNames.insert(name)
            return (.debug, self.metadata(name, holder))
        }
    }

    /// Announces or withdraws a name after an event.
    private func tellBrowsers(of event: NameEvent) {
        switch event {
        case .owned(let name), .readdressed(let name): self.announce(name)
        case .conflict(let name, _), .lost(let name, _), .forgotten(let name): self.announcements?.forgotten(name)
        case .released(let name): self.announcements?.released(name)
        case .defended, .nameServerSilent, .nameServerUsed: break
        }
    }

    private func announce(_ name: QualifiedName) {
        self.announcements?.owned(name, at: self.node.address(of: name) ?? self.network.address)
    }

    private func metadata(_ server: IPv4Address) -> Logger.Metadata {
        Logger.Metadata([
            .interface: self.network.interface,
            .address: self.network.address,
            .server: server,
        ])
    }

    private func metadata(
        _ name: QualifiedName,
        _ holder: IPv4Address? = nil,
        suppressed: Int = 0
    ) -> Logger.Metadata {
        Logger.Metadata([
            .name: name.name,
            .scope: name.scope.isEmpty ? nil : name.scope,
            .interface: self.network.interface,
            .address: self.node.address(of: name) ?? self.ownAddresses[name] ?? self.network.address,
            .holder: holder,
            .suppressed: suppressed > 0 ? suppressed : nil,
        ])
    }
}

@available(*, unavailable)
extension NameNodeRunner: Sendable {}

extension NameNode.Configuration {
    /// The node's part of the configuration.
    init(_ network: NameNetwork, _ configuration: RouterConfiguration) {
        self.init(address: network.address, network: network.network)
        self.port = configuration.listen.namePort
        self.nodeType = configuration.names.nodeType
        self.nameServers = configuration.names.winsServers
        self.timeToLive = UInt32(clamping: configuration.names.ttl.components.seconds)
        self.claimRate = configuration.names.claimRate
        self.unitID = UnitID(network.hardwareAddress) ?? .zero
    }
}
