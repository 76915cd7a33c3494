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
    private(set) var configuration = RouterConfiguration()
    /// The names of the configuration, and the addresses of its routes.
    private(set) var names = NameList.empty
    private var routeAddresses: Set<IPv4Address> = []
    private var loop: EventLoop { self.executor.assumedLoop }
    private lazy var ports = NamePorts(on: self.executor.assumedLoop)
    private lazy var turns = NameTurns(on: self.executor.assumedLoop)
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
    private var hasNoNetwork = false
    /// Whether nodes are being added and removed; sockets are closed afterwards.
    private var isApplying = false
    /// Counters of nodes that are gone.
    private(set) var pastCounters = NameServiceCounters()
    private(set) var pastConflicts = 0

    /// The time limit for the releases at a stop: enough for one packet per name, at most a minute.
    private var releaseLimit: Duration {
        let names = self.names.names.count
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
        fileprivate let names: NameList
        fileprivate let routeAddresses: Set<IPv4Address>
        fileprivate let networks: NameNetworks
    }

    /// The names of a configuration: the same list as before where they are the same.
    @concurrent
    private static func names(of configuration: RouterConfiguration, before: NameList) async -> NameList {
        let names = NameList(configuration.advertisedNames)
        return names.names == before.names ? before : names
    }

    @concurrent
    private static func routeAddresses(of configuration: RouterConfiguration) async -> Set<IPv4Address> {
        Set(configuration.routes.compactMap(\.address))
    }

    /// Binds the sockets that are not bound yet.
    ///
    /// - Throws: ``BindError`` for the first socket that cannot be bound.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared {
        // Thousands of routes take a while, for which no query is to wait.
        let names = await Self.names(of: configuration, before: self.names)
        let routeAddresses = await Self.routeAddresses(of: configuration)
        let networks: NameNetworks
        do throws(SystemCallError) {
            networks = try Self.networks(for: configuration, routeAddresses)
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
        return Prepared(
            configuration: configuration,
            names: names,
            routeAddresses: routeAddresses,
            networks: networks
        )
    }

    /// Claims added names, and releases removed ones.
    func commit(_ prepared: Prepared) {
        self.preparedSockets = []
        self.configuration = prepared.configuration
        self.names = prepared.names
        self.routeAddresses = prepared.routeAddresses
        // A reload logs it again.
        self.hasNoNetwork = false
        self.apply(prepared.networks, isReload: true)
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

    /// Keeps what a node that goes has counted.
    private func keepCounts(of node: NameNodeRunner) {
        self.pastCounters.add(node.counters)
        self.pastConflicts += node.conflicts
    }

    // MARK: - Interfaces

    private static func networks(
        for configuration: RouterConfiguration,
        _ routeAddresses: Set<IPv4Address>
    ) throws(SystemCallError) -> NameNetworks {
        let interfaces = try NetworkInterface.all()
        return NameNetworks(
            configuration.listen,
            announces: configuration.names.announce,
            routeAddresses: routeAddresses,
            interfaces: interfaces
        )
    }

    /// Applies changes of interfaces and addresses. If the kernel cannot list them, nothing changes until the next
    /// check.
    private func checkInterfaces() {
        let networks: NameNetworks
        do throws(SystemCallError) {
            networks = try Self.networks(for: self.configuration, self.routeAddresses)
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
        self.apply(networks, isReload: false)
    }

    /// Makes the nodes and the sockets those of `networks`. Touches only the nodes of networks that changed, unless the
    /// configuration did.
    private func apply(_ networks: NameNetworks, isReload: Bool) {
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
            let back = self.retiring.removeValue(forKey: network.id), isBack = back != nil
            if let back { self.nodes[network.id] = back }
            let node: NameNodeRunner
            if let present = self.nodes[network.id] {
                node = present
                if isReload || isBack || node.network != network {
                    node.update(network, self.configuration, ownAddresses: networks.localAddresses)
                } else {
                    node.setOwnAddresses(networks.localAddresses)
                }
            } else {
                node = NameNodeRunner(
                    network,
                    self.configuration,
                    ownAddresses: networks.localAddresses,
                    on: self.loop,
                    turns: self.turns,
                    ports: self.ports,
                    server: self,
                    limiters: self.limiters,
                    logger: self.logger
                )
                self.nodes[network.id] = node
                self.logger.info("network in use", metadata: network.metadata)
            }
            node.setNames(self.names, at: self.usableAddresses(on: network))
        }
        self.isApplying = false
        // Last, since withdrawn names are announced from sockets that are no longer wanted.
        self.closePorts(except: self.wantedSockets)
        defer { self.hasNoNetwork = networks.networks.isEmpty }
        if networks.networks.isEmpty, !self.hasNoNetwork {
            self.logger.warning(
                "no network to advertise names on",
                metadata: Logger.Metadata([
                    .reason: "no interface that is up matches listen.addresses and listen.interfaces"
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

    /// The addresses that names can be advertised with on a network: one of their own only where that is, and its socket.
    func usableAddresses(on network: NameNetwork) -> [IPv4Address] {
        network.localAddresses.filter { self.ports.isOpen(network.socket(for: $0)) }
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

    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
