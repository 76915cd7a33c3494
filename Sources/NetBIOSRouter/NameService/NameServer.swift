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
    private var channels: [NameSocket: any Channel] = [:]
    private var nodes: [NameNetwork.ID: NameNodeRunner] = [:]
    /// Nodes of networks that are no longer wanted, until they have released their names.
    private var retiring: [NameNetwork.ID: NameNodeRunner] = [:]
    private var monitor: InterfaceMonitor?
    private var isChecking = false
    private var isCheckWanted = false
    private var isStopped = false

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
        self.monitor = await InterfaceMonitor.start(on: self.eventLoop) {
            self.assumeIsolated { $0.checkInterfaces() }
        }
    }

    /// Binds what is new, then claims the names that were added and releases those that were removed.
    ///
    /// - Throws: ``BindError`` when a socket cannot be bound; everything is then as before.
    func reload(_ configuration: RouterConfiguration) async throws {
        let networks = Self.networks(for: configuration)
        let added = try await self.bind(networks.sockets.subtracting(self.channels.keys))
        self.configuration = configuration
        self.apply(networks, added: added)
    }

    /// Releases every name, waits until that is said, and closes the sockets.
    func stop() async {
        self.isStopped = true
        self.monitor?.stop()
        for node in self.nodes.values { node.releaseAll() }
        self.flush()
        self.nodes.merge(self.retiring) { node, _ in node }
        let deadline = ContinuousClock.now + self.releaseLimit
        while self.nodes.values.contains(where: { !$0.isIdle }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for channel in self.channels.values { channel.close(promise: nil) }
        self.channels = [:]
        self.nodes = [:]
    }

    // MARK: - Interfaces

    private static func networks(for configuration: RouterConfiguration) -> NameNetworks {
        NameNetworks(
            configuration.listen,
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
        guard
            !networks.sockets.isSubset(of: self.channels.keys)
                || Set(networks.networks.map(\.id)) != Set(self.nodes.keys)
                || Set(networks.networks) != Set(self.nodes.values.map(\.network))
        else { return }
        do {
            let added = try await self.bind(networks.sockets.subtracting(self.channels.keys))
            guard configuration == self.configuration, !self.isStopped else {
                // A reload or the stop came in between, and saw to the interfaces itself.
                for channel in added.values { channel.close(promise: nil) }
                return
            }
            self.apply(networks, added: added)
        } catch {
            self.logger.error("interface not used", metadata: Logger.Metadata([.reason: "\(error)"]))
        }
    }

    /// Makes the nodes and the sockets those of `networks`.
    private func apply(_ networks: NameNetworks, added: [NameSocket: any Channel]) {
        self.channels.merge(added) { old, new in
            // A check of the interfaces and a reload met; the one that came first serves.
            new.close(promise: nil)
            return old
        }
        for (id, node) in self.nodes where !networks.networks.contains(where: { $0.id == id }) {
            self.nodes[id] = nil
            self.letGo(node, canSpeak: networks.isLocal(node.network.address))
        }
        self.closeChannels(except: networks.sockets)
        for network in networks.networks {
            let node: NameNodeRunner
            if let back = self.retiring.removeValue(forKey: network.id) { self.nodes[network.id] = back }
            if let present = self.nodes[network.id] {
                node = present
                node.update(network, self.configuration)
            } else {
                node = NameNodeRunner(
                    network,
                    self.configuration,
                    on: self.eventLoop,
                    server: self,
                    logger: self.logger
                )
                self.nodes[network.id] = node
                self.logger.info("network used", metadata: network.metadata)
            }
            node.setNames(self.names(on: network))
        }
        self.flush()
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
        guard canSpeak else { return node.stopSilently() }
        let id = node.network.id
        self.retiring[id] = node
        node.releaseAll()
        let deadline = ContinuousClock.now + self.releaseLimit
        Task {
            while self.retiring[id]?.isIdle == false, ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(50))
            }
            self.retiring.removeValue(forKey: id)?.stopSilently()
            self.closeChannels(except: Self.networks(for: self.configuration).sockets)
        }
    }

    /// Closes the sockets that are not wanted, but for those that releases still leave from.
    private func closeChannels(except wanted: Set<NameSocket>) {
        let speaking = Set(self.retiring.values.map { $0.network.socket(for: $0.network.address) })
        for (socket, channel) in self.channels where !wanted.contains(socket) && !speaking.contains(socket) {
            channel.close(promise: nil)
            self.channels[socket] = nil
        }
    }

    /// The names that are advertised on a network: those with an address of their own only where that address is.
    private func names(on network: NameNetwork) -> [AdvertisedName] {
        self.configuration.advertisedNames.filter { name in
            name.address.map(network.localAddresses.contains) ?? true
        }
    }

    // MARK: - Sockets

    private func bind(_ sockets: Set<NameSocket>) async throws -> [NameSocket: any Channel] {
        var bound: [NameSocket: any Channel] = [:]
        do {
            // The one that is bound to all addresses first: it is the one that finds another name service in its way.
            for socket in sockets.sorted(by: { ($0.address, $0.port) < ($1.address, $1.port) }) {
                let isFirst = bound.isEmpty && self.channels.isEmpty
                bound[socket] = try await socket.bind(sharesPort: !isFirst, on: self.eventLoop, server: self)
            }
            return bound
        } catch {
            for channel in bound.values { channel.close(promise: nil) }
            throw error
        }
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
        case .unicasts:
            let node = self.nodes.values.first {
                $0.network.localAddresses.contains(socket.address) || $0.network.address == socket.address
            }
            node?.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
        case .broadcasts:
            let node = self.nodes.values.first { node in
                node.network.interfaceIndex == interfaceIndex && node.network.network.contains(source.address)
            }
            guard let node, let destination,
                destination == .limitedBroadcast || destination == node.network.network.broadcastAddress
            else { return }
            node.received(bytes, from: source, broadcast: true, replyFrom: node.network.address)
        }
    }

    /// Sends a datagram from a socket; flushed by ``flush()``.
    func send(_ transmission: NameTransmission, from socket: NameSocket) {
        guard let channel = self.channels[socket],
            let destination = try? SocketAddress(
                ipAddress: "\(transmission.destination.address)",
                port: Int(transmission.destination.port)
            )
        else { return }
        channel.write(
            AddressedEnvelope(remoteAddress: destination, data: ByteBuffer(bytes: transmission.bytes)),
            promise: nil
        )
        self.unflushed[socket] = channel
    }

    private var unflushed: [NameSocket: any Channel] = [:]

    /// Lets the kernel have what was sent, in batches.
    func flush() {
        for channel in self.unflushed.values { channel.flush() }
        self.unflushed.removeAll(keepingCapacity: true)
    }
}

extension NameNetwork {
    var metadata: Logger.Metadata {
        Logger.Metadata([.interface: self.interface, .address: self.address])
    }
}
