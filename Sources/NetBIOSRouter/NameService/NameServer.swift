import Glibc
import Logging
import Sockets
import SystemPackage
import NetBIOS
import RouteConfig

/// The name service: a ``NameNode`` on each network that names are advertised on, and the sockets they share.
///
/// It follows the interfaces of the host: what comes is claimed on, what goes is dropped in silence. It lives on one event
/// loop, and so do the sockets, the nodes and their timers.
actor NameServer: ReloadParticipant {
    private let executor: EventLoopHandle
    private let logger: Logger
    private let limiters = NameLogLimiters()
    private var configuration = RouterConfiguration()
    private var loop: EventLoop { self.executor.assumedLoop }
    private lazy var ports = NamePorts(on: self.executor.assumedLoop)
    private(set) var nodes: [NameNetwork.ID: NameNodeRunner] = [:]
    /// Nodes of networks that are no longer wanted, until they have released their names.
    private(set) var retiring: [NameNetwork.ID: NameNodeRunner] = [:]
    private var monitor: InterfaceMonitor?
    private var isStopped = false
    /// The sockets of the networks that are in use.
    private var wantedSockets: Set<NameSocket> = []
    /// The sockets of a reload that is prepared.
    private var preparedSockets: Set<NameSocket> = []
    /// Whether there is no network to advertise on, which was told of.
    private var isNowhere = false
    /// While nodes come and go; the sockets follow behind all of them.
    private var isApplying = false
    /// What nodes that have gone had counted.
    private var pastCounters = NameServiceCounters()
    private var pastConflicts = 0

    /// How long a stop waits for the releases to be sent: at least long enough for one of each name, at most a minute.
    private var releaseLimit: Duration {
        let names = self.configuration.advertisedNames.count
        return .seconds(min(max(10, names / max(self.configuration.names.claimRate, 1) + 2), 60))
    }

    init(on executor: EventLoopHandle, logger: Logger) {
        self.executor = executor
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    // MARK: - Reload

    /// The networks of another configuration, whose sockets are open.
    struct Prepared: Sendable {
        fileprivate let configuration: RouterConfiguration
        fileprivate let networks: NameNetworks
    }

    /// Binds the sockets that are not bound yet.
    ///
    /// - Throws: ``BindError`` for the first socket that cannot be bound.
    func prepare(_ configuration: RouterConfiguration) throws -> Prepared {
        let networks: NameNetworks
        do throws(SystemCallError) {
            networks = try Self.networks(for: configuration)
        } catch {
            let endpoint = Endpoint(IPv4Address.any, port: configuration.listen.namePort)
            throw BindError(service: .name, endpoint: endpoint, reason: error)
        }
        try self.ports.open(self.ports.missing(networks.sockets)) { error throws(BindError) in
            throw error
        } received: {
            self.received($0, on: $1)
        }
        self.preparedSockets = networks.sockets
        return Prepared(configuration: configuration, networks: networks)
    }

    /// Claims the names that were added, and releases those that were removed.
    func commit(_ prepared: Prepared) {
        self.preparedSockets = []
        self.configuration = prepared.configuration
        // A reload logs it again.
        self.isNowhere = false
        self.apply(prepared.networks)
        if self.monitor == nil { self.monitor = InterfaceMonitor(on: self.loop) { self.checkInterfaces() } }
        // An interface may have come or gone since.
        self.checkInterfaces()
    }

    func cancel(_ prepared: Prepared) {
        self.preparedSockets = []
        self.closeUnwantedPorts()
    }

    // MARK: - Stop

    /// Releases every name, waits until all releases are sent, and closes the sockets.
    func stop() async {
        self.isStopped = true
        self.monitor?.stop()
        // It holds this actor, as this actor holds it.
        self.monitor = nil
        self.nodes.merge(self.retiring) { node, _ in node }
        self.retiring = [:]
        await self.releaseAll(of: Array(self.nodes.values))
        let unsaid = self.nodes.values.reduce(0) { $0 + $1.nameCount }
        if unsaid > 0 {
            self.logger.warning(
                "stopped before all name releases were sent",
                metadata: Logger.Metadata([.count: unsaid])
            )
        }
        for node in self.nodes.values {
            node.stopSilently()
            self.keepCounts(of: node)
        }
        self.nodes = [:]
        self.ports.close(except: [])
    }

    /// Releases the names of nodes, and waits until that is done or ``releaseLimit`` has passed.
    private func releaseAll(of nodes: [NameNodeRunner]) async {
        guard !nodes.isEmpty else { return }
        await withCheckedContinuation { continuation in
            var left = nodes.count
            for node in nodes {
                node.releaseAll(within: self.releaseLimit) {
                    left -= 1
                    if left == 0 { continuation.resume() }
                }
            }
        }
    }

    // MARK: - What it is

    /// The names and the counts as they are now.
    func snapshot() -> NameServiceSnapshot {
        var routes: [QualifiedName: Route.ID] = [:]
        for route in self.configuration.routes {
            for name in route.calledNames { routes[name] = route.id }
        }
        var snapshot = NameServiceSnapshot(counters: self.pastCounters, conflicts: self.pastConflicts)
        let nodes = Array(self.nodes.values) + Array(self.retiring.values)
        for node in nodes.sorted(by: { $0.network.order < $1.network.order }) {
            snapshot.names += node.snapshot { routes[$0] }
            snapshot.counters.add(node.counters)
            snapshot.conflicts += node.conflicts
        }
        for name in self.configuration.advertisedNames {
            guard let address = name.address,
                !self.nodes.values.contains(where: { self.canHave(name, on: $0.network) })
            else { continue }
            let route = routes[name.name]
            snapshot.names.append(
                NameSnapshot(name: name.name, isGroup: name.isGroup, route: route, state: .standby, address: address)
            )
        }
        return snapshot
    }

    /// Keeps what a node that goes has counted.
    private func keepCounts(of node: NameNodeRunner) {
        self.pastCounters.add(node.counters)
        self.pastConflicts += node.conflicts
    }

    // MARK: - Interfaces

    private static func networks(for configuration: RouterConfiguration) throws(SystemCallError) -> NameNetworks {
        let interfaces = try NetworkInterface.all()
        return NameNetworks(
            configuration.listen,
            announces: configuration.names.announce,
            routeAddresses: Set(configuration.routes.compactMap(\.address)),
            interfaces: interfaces
        )
    }

    /// Looks whether an interface or an address has come or gone. Where the kernel does not say, all stays as it is until the
    /// next look.
    private func checkInterfaces() {
        let networks: NameNetworks
        do throws(SystemCallError) {
            networks = try Self.networks(for: self.configuration)
        } catch {
            return self.logger.error(
                "cannot list the interfaces",
                metadata: Logger.Metadata([.reason: error])
            )
        }
        let missing = self.ports.missing(networks.sockets)
        guard !missing.isEmpty || Set(networks.networks) != Set(self.nodes.values.map(\.network)) else { return }
        // One that cannot be had keeps nobody else waiting; it is tried again at the next look.
        self.ports.open(missing) { error throws(Never) in
            // The address has gone since, and the kernel tells of that, too.
            guard error.errno != .addressNotAvailable else { return }
            self.logger.error("cannot bind a socket of the name service", metadata: error.metadata)
        } received: {
            self.received($0, on: $1)
        }
        self.apply(networks)
    }

    /// Makes the nodes and the sockets those of `networks`.
    private func apply(_ networks: NameNetworks) {
        self.isApplying = true
        self.wantedSockets = networks.sockets
        for (id, node) in self.nodes where !networks.networks.contains(where: { $0.id == id }) {
            self.nodes[id] = nil
            // An address that has come to another network is in use: the names that it has there are not given up.
            let hasMoved = networks.networks.contains { $0.isHeir(of: node.network) && self.nodes[$0.id] == nil }
            self.letGo(node, canSpeak: networks.isLocal(node.network.address) && !hasMoved)
        }
        for (id, node) in self.retiring where networks.networks.contains(where: { $0.isHeir(of: node.network) }) {
            self.retiring[id] = nil
            node.stopSilently()
            self.keepCounts(of: node)
        }
        // One that cannot speak yet, as its socket cannot be bound, owns nothing.
        for network in networks.networks where self.ports.isOpen(network.socket(for: network.address)) {
            if let back = self.retiring.removeValue(forKey: network.id) { self.nodes[network.id] = back }
            let node: NameNodeRunner
            if let present = self.nodes[network.id] {
                node = present
                node.update(network, self.configuration, ownAddresses: networks.localAddresses)
            } else {
                node = NameNodeRunner(
                    network,
                    self.configuration,
                    ownAddresses: networks.localAddresses,
                    on: self.loop,
                    ports: self.ports,
                    server: self,
                    limiters: self.limiters,
                    logger: self.logger
                )
                self.nodes[network.id] = node
                self.logger.info("network in use", metadata: network.metadata)
            }
            node.setNames(self.names(on: network))
        }
        self.isApplying = false
        // Last, since browsers are told of what is no longer announced from a socket that is not wanted any longer.
        self.closePorts(except: self.wantedSockets)
        defer { self.isNowhere = networks.networks.isEmpty }
        if networks.networks.isEmpty, !self.isNowhere {
            self.logger.warning(
                "no network to advertise names on",
                metadata: Logger.Metadata([
                    .reason: "no interface that is up fits listen.addresses and listen.interfaces"
                ])
            )
        }
    }

    /// Ends a node: with releases while its address is there, else in silence, since another host may have taken it over.
    private func letGo(_ node: NameNodeRunner, canSpeak: Bool) {
        self.logger.notice("network no longer in use", metadata: node.network.metadata)
        guard canSpeak else {
            node.stopSilently()
            return self.keepCounts(of: node)
        }
        self.retiring[node.network.id] = node
        node.releaseAll(within: self.releaseLimit) {
            self.retiring[node.network.id] = nil
            node.stopSilently()
            self.keepCounts(of: node)
            self.closeUnwantedPorts()
        }
    }

    /// The names that are advertised on a network.
    private func names(on network: NameNetwork) -> [AdvertisedName] {
        self.configuration.advertisedNames.filter { self.canHave($0, on: network) }
    }

    /// Whether a name can be had on a network: one with an address of its own only where that address is, and its socket.
    private func canHave(_ name: AdvertisedName, on network: NameNetwork) -> Bool {
        guard let address = name.address else { return true }
        return network.localAddresses.contains(address) && self.ports.isOpen(network.socket(for: address))
    }

    // MARK: - Sockets

    /// Closes the sockets that nothing leaves from any longer.
    func closeUnwantedPorts() {
        guard !self.isStopped, !self.isApplying else { return }
        self.closePorts(except: self.wantedSockets)
    }

    /// Closes the sockets that are not wanted, but for those that releases and farewells still leave from.
    private func closePorts(except wanted: Set<NameSocket>) {
        let speaking = Set(
            self.retiring.values.flatMap { $0.speakingSockets(isRetiring: true) }
                + self.nodes.values.flatMap { $0.speakingSockets(isRetiring: false) }
        )
        self.ports.close(except: wanted.union(self.preparedSockets).union(speaking))
    }
}

extension NameNetwork {
    /// Whether it has the address of another network, which spoke from it before.
    fileprivate func isHeir(of other: NameNetwork) -> Bool {
        self.id != other.id && self.address == other.address && self.port == other.port
    }

    /// What networks are listed by.
    fileprivate var order: (Int, IPv4Address) { (self.interfaceIndex, self.address) }

    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
