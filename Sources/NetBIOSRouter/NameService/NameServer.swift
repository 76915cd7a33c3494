import Glibc
import Logging
import Sockets
import SystemPackage
import NetBIOS
import RouteConfig

/// The name service: a ``NameNode`` on each network that names are advertised on, and their shared sockets.
///
/// Follows the host's interfaces: claims names on new networks, and drops networks that are gone without a release.
/// Confined, with its sockets, nodes and timers, to one event loop.
actor NameServer: ReloadParticipant {
    private let executor: EventLoopHandle
    private let logger: Logger
    private let limiters = NameLogLimiters()
    private var configuration = RouterConfiguration()
    private var loop: EventLoop { self.executor.assumedLoop }
    private lazy var ports = NamePorts(on: self.executor.assumedLoop)
    private(set) var nodes: [NameNetwork.ID: NameNodeRunner] = [:]
    /// Nodes of removed networks, until they have released their names.
    private(set) var retiring: [NameNetwork.ID: NameNodeRunner] = [:]
    private var monitor: InterfaceMonitor?
    private var isStopped = false
    /// The sockets of the current networks.
    private var wantedSockets: Set<NameSocket> = []
    /// The sockets of a prepared reload.
    private var preparedSockets: Set<NameSocket> = []
    /// Whether there is no network, which was logged.
    private var isNowhere = false
    /// Whether nodes are being added and removed; sockets are closed afterwards.
    private var isApplying = false
    /// The counters of removed nodes.
    private var pastCounters = NameServiceCounters()
    private var pastConflicts = 0

    /// The time limit for the releases at a stop: enough for one packet per name, at most a minute.
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

    /// The networks of another configuration, with open sockets.
    struct Prepared: Sendable {
        fileprivate let configuration: RouterConfiguration
        fileprivate let networks: NameNetworks
    }

    /// Binds the missing sockets.
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

    /// Claims added names, and releases removed ones.
    func commit(_ prepared: Prepared) {
        self.preparedSockets = []
        self.configuration = prepared.configuration
        // Logged again after a reload.
        self.isNowhere = false
        self.apply(prepared.networks)
        if self.monitor == nil { self.monitor = InterfaceMonitor(on: self.loop) { self.checkInterfaces() } }
        // Interfaces may have changed since.
        self.checkInterfaces()
    }

    func cancel(_ prepared: Prepared) {
        self.preparedSockets = []
        self.closeUnwantedPorts()
    }

    // MARK: - Stop

    /// Releases all names, waits until the releases are sent, and closes the sockets.
    func stop() async {
        self.isStopped = true
        self.monitor?.stop()
        // Breaks the reference cycle.
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

    /// Releases the names of nodes, and waits until they are done or ``releaseLimit`` has passed.
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

    // MARK: - Snapshot

    /// Returns a snapshot of the names and counters.
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

    /// Keeps the counters of a node that is removed.
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

    /// Applies changes of interfaces and addresses. If the kernel cannot list them, nothing changes until the next
    /// check.
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
        // A socket that cannot be opened does not delay the others; the next check tries again.
        self.ports.open(missing) { error throws(Never) in
            // The address is gone since, which the kernel reports as well.
            guard error.errno != .addressNotAvailable else { return }
            self.logger.error("cannot bind a socket of the name service", metadata: error.metadata)
        } received: {
            self.received($0, on: $1)
        }
        self.apply(networks)
    }

    /// Updates the nodes and sockets to match `networks`.
    private func apply(_ networks: NameNetworks) {
        self.isApplying = true
        self.wantedSockets = networks.sockets
        for (id, node) in self.nodes where !networks.networks.contains(where: { $0.id == id }) {
            self.nodes[id] = nil
            // An address that moved to another network is still in use: its names there are not released.
            let hasMoved = networks.networks.contains { $0.isHeir(of: node.network) && self.nodes[$0.id] == nil }
            self.letGo(node, canSpeak: networks.isLocal(node.network.address) && !hasMoved)
        }
        for (id, node) in self.retiring where networks.networks.contains(where: { $0.isHeir(of: node.network) }) {
            self.retiring[id] = nil
            node.stopSilently()
            self.keepCounts(of: node)
        }
        // A network whose socket cannot be bound owns no names yet.
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
        // Last, since withdrawn names are announced from sockets that are no longer wanted.
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

    /// Removes a node: with releases while it still has its address, otherwise without, since another host may have
    /// taken the address.
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

    /// Returns the names to advertise on a network.
    private func names(on network: NameNetwork) -> [AdvertisedName] {
        self.configuration.advertisedNames.filter { self.canHave($0, on: network) }
    }

    /// Whether a name can be advertised on a network: a name with its own address requires that address and its socket.
    private func canHave(_ name: AdvertisedName, on network: NameNetwork) -> Bool {
        guard let address = name.address else { return true }
        return network.localAddresses.contains(address) && self.ports.isOpen(network.socket(for: address))
    }

    // MARK: - Sockets

    /// Closes sockets without pending packets.
    func closeUnwantedPorts() {
        guard !self.isStopped, !self.isApplying else { return }
        self.closePorts(except: self.wantedSockets)
    }

    /// Closes all other sockets, except those with pending releases or farewells.
    private func closePorts(except wanted: Set<NameSocket>) {
        let speaking = Set(
            self.retiring.values.flatMap { $0.speakingSockets(isRetiring: true) }
                + self.nodes.values.flatMap { $0.speakingSockets(isRetiring: false) }
        )
        self.ports.close(except: wanted.union(self.preparedSockets).union(speaking))
    }
}

extension NameNetwork {
    /// Whether the network has taken over the address of another one.
    fileprivate func isHeir(of other: NameNetwork) -> Bool {
        self.id != other.id && self.address == other.address && self.port == other.port
    }

    /// The order of networks.
    fileprivate var order: (Int, IPv4Address) { (self.interfaceIndex, self.address) }

    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
