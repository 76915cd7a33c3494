import Logging
import NIOCore
import NetBIOS
import RouteConfig

/// The name service: a ``NameNode`` on each network that names are advertised on, and the sockets they share.
///
/// It follows the interfaces of the host: what comes is claimed on, what goes is dropped in silence. It lives on one event
/// loop, so that handlers reach it without a hop.
actor NameServer {
    nonisolated let eventLoop: any EventLoop
    private let logger: Logger
    private var configuration = RouterConfiguration()
    private(set) var ports = NamePorts()
    private(set) var nodes: [NameNetwork.ID: NameNodeRunner] = [:]
    /// Nodes of networks that are no longer wanted, until they have released their names.
    private(set) var retiring: [NameNetwork.ID: NameNodeRunner] = [:]
    private var monitor: InterfaceMonitor?
    private var isChecking = false
    private var isCheckWanted = false
    private var isStopped = false
    /// What nodes that have gone had counted.
    private var pastCounters = NameServiceCounters()
    private var pastConflicts = 0

    /// How long a stop waits for the releases to be sent: at least long enough for one of each name, at most a minute.
    private var releaseLimit: Duration {
        let names = self.configuration.advertisedNames.count
        return .seconds(min(max(10, names / max(self.configuration.names.claimRate, 1) + 2), 60))
    }

    init(on eventLoop: any EventLoop, logger: Logger) {
        self.eventLoop = eventLoop
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.executor.asUnownedSerialExecutor() }

    // MARK: - Life

    /// Binds the sockets and begins to claim the names.
    ///
    /// - Throws: ``BindError`` when a socket cannot be bound; none is then.
    func start(_ configuration: RouterConfiguration) async throws {
        try await self.reload(configuration)
        self.monitor = InterfaceMonitor(on: self.eventLoop) {
            self.assumeIsolated { $0.checkInterfaces() }
        }
    }

    /// Binds what is new, then claims the names that were added and releases those that were removed.
    ///
    /// - Throws: ``BindError`` when a socket cannot be bound; everything is then as before.
    func reload(_ configuration: RouterConfiguration) async throws {
        let networks = Self.networks(for: configuration)
        var opened: [NameSocket: NamePort] = [:]
        do {
            for socket in self.ports.missing(networks.sockets) {
                opened[socket] = try await self.ports.open(socket, beside: opened, on: self.eventLoop, server: self)
            }
        } catch {
            for port in opened.values { port.close() }
            throw error
        }
        self.configuration = configuration
        self.apply(networks, opened: opened)
        // What came or went while the sockets were opened.
        self.checkInterfaces()
    }

    /// Releases every name, waits until that is said, and closes the sockets.
    func stop() async {
        self.isStopped = true
        self.monitor?.stop()
        // It holds this actor, as this actor holds it.
        self.monitor = nil
        self.nodes.merge(self.retiring) { node, _ in node }
        self.retiring = [:]
        for node in self.nodes.values { node.releaseAll() }
        let deadline = ContinuousClock.now + self.releaseLimit
        while self.nodes.values.contains(where: { !$0.isIdle }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        let unsaid = self.nodes.values.reduce(0) { $0 + $1.nameCount }
        if unsaid > 0 {
            self.logger.warning(
                "stopped before every release was sent three times",
                metadata: Logger.Metadata([.count: unsaid])
            )
        }
        for node in self.nodes.values {
            node.stopSilently()
            self.keepCounts(of: node)
        }
        self.nodes = [:]
        for port in self.ports.remove(except: []) { port.close() }
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
                !self.nodes.values.contains(where: { $0.network.localAddresses.contains(address) })
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

    private static func networks(for configuration: RouterConfiguration) -> NameNetworks {
        NameNetworks(
            configuration.listen,
            announces: configuration.names.announce,
            routeAddresses: Set(configuration.routes.compactMap(\.address)),
            interfaces: NetworkInterface.all()
        )
    }

    /// Looks whether an interface or an address has come or gone. One look at a time; what happens meanwhile leads to another.
    private func checkInterfaces() {
        guard !self.isStopped else { return }
        self.isCheckWanted = true
        guard !self.isChecking else { return }
        self.isChecking = true
        Task {
            while self.isCheckWanted, !self.isStopped {
                self.isCheckWanted = false
                await self.followInterfaces()
            }
            self.isChecking = false
        }
    }

    private func followInterfaces() async {
        let configuration = self.configuration
        let networks = Self.networks(for: configuration)
        let missing = self.ports.missing(networks.sockets)
        guard !missing.isEmpty || Set(networks.networks) != Set(self.nodes.values.map(\.network)) else { return }
        var opened: [NameSocket: NamePort] = [:]
        for socket in missing {
            // One that cannot be had keeps nobody else waiting; it is tried again at the next look.
            do {
                opened[socket] = try await self.ports.open(socket, beside: opened, on: self.eventLoop, server: self)
            } catch {
                let facts = (error as? BindError)?.metadata ?? Logger.Metadata([.reason: "\(error)"])
                self.logger.error("a socket of the name service cannot be bound", metadata: facts)
            }
        }
        guard configuration == self.configuration, !self.isStopped else {
            // A reload or the stop came in between, and saw to the interfaces itself.
            for port in opened.values { port.close() }
            return
        }
        self.apply(networks, opened: opened)
    }

    /// Makes the nodes and the sockets those of `networks`.
    private func apply(_ networks: NameNetworks, opened: [NameSocket: NamePort]) {
        for port in self.ports.add(opened) { port.close() }
        for (id, node) in self.nodes where !networks.networks.contains(where: { $0.id == id }) {
            self.nodes[id] = nil
            self.letGo(node, canSpeak: networks.isLocal(node.network.address))
        }
        for network in networks.networks {
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
                    on: self.eventLoop,
                    server: self,
                    logger: self.logger
                )
                self.nodes[network.id] = node
                self.logger.info("network used", metadata: network.metadata)
            }
            node.setNames(self.names(on: network))
        }
        // Last, since browsers are told of what is no longer announced from a socket that is not wanted any longer.
        self.closePorts(except: networks.sockets)
        if networks.networks.isEmpty {
            self.logger.warning(
                "names are advertised nowhere",
                metadata: Logger.Metadata([
                    .reason: "no interface that is up fits listen.addresses and listen.interfaces"
                ])
            )
        }
    }

    /// Ends a node: with releases while its address is there, else in silence, since another host may have taken it over.
    private func letGo(_ node: NameNodeRunner, canSpeak: Bool) {
        self.logger.notice("network no longer used", metadata: node.network.metadata)
        guard canSpeak else {
            node.stopSilently()
            return self.keepCounts(of: node)
        }
        let id = node.network.id
        self.retiring[id] = node
        node.releaseAll()
        let deadline = ContinuousClock.now + self.releaseLimit
        Task {
            // The network may come back meanwhile, and go again: then another wait is for its node.
            while self.retiring[id] === node, !node.isIdle, ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(50))
            }
            if self.retiring[id] === node {
                self.retiring[id] = nil
                node.stopSilently()
                self.keepCounts(of: node)
            }
            self.closeUnwantedPorts()
        }
    }

    /// The names that are advertised on a network: those with an address of their own only where that address is.
    private func names(on network: NameNetwork) -> [AdvertisedName] {
        self.configuration.advertisedNames.filter { name in
            name.address.map(network.localAddresses.contains) ?? true
        }
    }

    // MARK: - Sockets

    /// Closes the sockets that nothing leaves from any longer.
    func closeUnwantedPorts() {
        guard !self.isStopped else { return }
        self.closePorts(except: Self.networks(for: self.configuration).sockets)
    }

    /// Closes the sockets that are not wanted, but for those that releases and farewells still leave from.
    private func closePorts(except wanted: Set<NameSocket>) {
        let speaking = Set(
            self.retiring.values.flatMap { $0.speakingSockets(isRetiring: true) }
                + self.nodes.values.flatMap { $0.speakingSockets(isRetiring: false) }
        )
        for port in self.ports.remove(except: wanted.union(speaking)) { port.close() }
    }

    /// A socket has closed. One that is still wanted is opened again.
    func closed(_ socket: NameSocket) {
        guard self.ports.forget(socket) else { return }
        self.logger.error(
            "a socket of the name service failed and is opened again",
            metadata: Logger.Metadata([.listener: "UDP \(socket.address):\(socket.port)"])
        )
        self.checkInterfaces()
    }
}

extension NameNetwork {
    /// What networks are listed by.
    fileprivate var order: (Int, IPv4Address) { (self.interfaceIndex, self.address) }

    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
