import Logging
import NIOCore
import NetBIOS
import RouteConfig

/// The name service: a ``NameNode`` on each network that names are advertised on, and the sockets they share.
///
/// It follows the interfaces of the host: what comes is claimed on, what goes is dropped in silence. It lives on one event
/// loop, so that handlers reach it without a hop.
actor NameServer {
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var configuration = RouterConfiguration()
    private var ports: [NameSocket: NamePort] = [:]
    private var nodes: [NameNetwork.ID: NameNodeRunner] = [:]
    /// Nodes of networks that are no longer wanted, until they have released their names.
    private var retiring: [NameNetwork.ID: NameNodeRunner] = [:]
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
            for socket in self.missing(networks.sockets) {
                opened[socket] = try await self.open(socket, beside: opened)
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
        // Out of the books first: a socket that is in them and closes is taken for a failed one.
        let ports = self.ports
        self.ports = [:]
        for port in ports.values { port.close() }
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
        let missing = self.missing(networks.sockets)
        guard !missing.isEmpty || Set(networks.networks) != Set(self.nodes.values.map(\.network)) else { return }
        var opened: [NameSocket: NamePort] = [:]
        for socket in missing {
            // One that cannot be had keeps nobody else waiting; it is tried again at the next look.
            do {
                opened[socket] = try await self.open(socket, beside: opened)
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
        for (socket, port) in opened {
            // A look at the interfaces and a reload met; the one that came first serves.
            if self.ports[socket]?.isOpen == true { port.close() } else { self.ports[socket] = port }
        }
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

    /// Those of the sockets that are not open, the one that is bound to all addresses first: it is the one that finds
    /// another name service in its way.
    private func missing(_ sockets: Set<NameSocket>) -> [NameSocket] {
        sockets.filter { self.ports[$0]?.isOpen != true }.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
    }

    /// Opens a socket beside those of ours, which share the port with it for this moment and with nobody afterwards.
    private func open(_ socket: NameSocket, beside opened: [NameSocket: NamePort]) async throws -> NamePort {
        let others = (Array(self.ports) + opened).filter { $0.key.port == socket.port }.map(\.value)
        for port in others { port.sharesPort(true) }
        defer { for port in others { port.sharesPort(false) } }
        return try await NamePort.open(socket, sharesPort: !others.isEmpty, on: self.eventLoop, server: self).value
    }

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
        for (socket, port) in self.ports where !wanted.contains(socket) && !speaking.contains(socket) {
            self.ports[socket] = nil
            port.close()
        }
    }

    /// A socket has closed. One that is still wanted is opened again.
    func closed(_ socket: NameSocket) {
        guard let port = self.ports[socket], !port.isOpen else { return }
        self.ports[socket] = nil
        self.logger.error(
            "a socket of the name service failed and is opened again",
            metadata: Logger.Metadata([.listener: "UDP \(socket.address):\(socket.port)"])
        )
        self.checkInterfaces()
    }

    /// Takes one datagram from a socket.
    ///
    /// - Parameters:
    ///   - bytes: The datagram.
    ///   - source: Who sent it.
    ///   - socket: The socket that received it.
    ///   - interfaceIndex: The interface that it came in on; `nil` when the kernel did not say.
    ///   - destination: The address that it was sent to; `nil` when the kernel did not say.
    func received(
        _ bytes: [UInt8],
        from source: NameServiceEndpoint,
        on socket: NameSocket,
        interfaceIndex: Int?,
        destination: IPv4Address?
    ) {
        switch socket.receives {
        case .unicasts where socket.service == .datagrams:
            self.node(askedAt: socket.address, by: source.address)?.receivedDatagram(bytes, from: source)
        case .unicasts where NameServicePacket.isResponse(bytes):
            // Whoever asked knows its own question.
            for node in Array(self.nodes.values) + Array(self.retiring.values)
            where node.network.address == socket.address || node.network.localAddresses.contains(socket.address) {
                node.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
            }
        case .unicasts:
            let node = self.node(askedAt: socket.address, by: source.address)
            node?.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
        case .broadcasts:
            let candidates = self.nodes.values.filter { $0.network.interfaceIndex == interfaceIndex }
            // A host that is in none of the interface's networks is for a node, too: it counts what it drops.
            let node = candidates.first { $0.network.network.contains(source.address) } ?? candidates.first
            guard let node, let destination,
                destination == .limitedBroadcast || destination == node.network.network.broadcastAddress
            else { return }
            switch socket.service {
            case .names: node.received(bytes, from: source, broadcast: true, replyFrom: node.network.address)
            case .datagrams: node.receivedDatagram(bytes, from: source)
            }
        }
    }

    /// The node that answers at an address: the one whose own it is, else of those on its interface the nearest.
    private func node(askedAt address: IPv4Address, by source: IPv4Address) -> NameNodeRunner? {
        if let own = self.nodes.values.first(where: { $0.network.address == address }) { return own }
        let candidates = self.nodes.values.filter { $0.network.localAddresses.contains(address) }
        return candidates.first { $0.network.network.contains(address) }
            ?? candidates.first { $0.network.network.contains(source) }
            ?? candidates.min { $0.network.address < $1.network.address }
    }

    /// Sends a datagram from a socket, or loses it.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, from socket: NameSocket) {
        self.ports[socket]?.send(bytes, to: destination)
    }

    /// Sends a datagram to browsers: from the address of its name, or where that is gone from the network's own.
    func send(_ transmission: DatagramTransmission, on network: NameNetwork) {
        let sockets = [transmission.source, network.address].compactMap(network.datagramSocket)
        let port = sockets.lazy.compactMap { self.ports[$0] }.first
        _ = port?.send(transmission.bytes, to: transmission.destination)
    }
}

extension NameNetwork {
    /// What networks are listed by.
    fileprivate var order: (Int, IPv4Address) { (self.interfaceIndex, self.address) }

    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
