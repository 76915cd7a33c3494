package import NetBIOS
package import RouteConfig

/// A network of one interface that names are advertised on.
package struct NameNetwork: Hashable, Sendable {
    package let interface: String
    let interfaceIndex: Int
    /// The router's address in the network, which it sends from.
    package let address: IPv4Address
    /// The UDP port of the name service.
    let port: UInt16
    /// The UDP port of browser announcements; `nil` if disabled.
    var datagramPort: UInt16?
    package let network: IPv4Network
    /// The UNIT_ID of node status responses.
    let hardwareAddress: [UInt8]
    /// All addresses of the interface, in any network, which a route's `address` may be.
    let localAddresses: [IPv4Address]
}

/// The networks that names are advertised on, and their sockets: a pure function of the configuration and the
/// interfaces.
package struct NameNetworks: Hashable, Sendable {
    package let networks: [NameNetwork]
    let sockets: Set<NameSocket>
    private let interfaces: [NetworkInterface]

    /// - Parameters:
    ///   - listen: The `listen` of routes.yaml.
    ///   - announces: Whether names are announced to browsers.
    ///   - routeAddresses: The `address` of each route that has one.
    ///   - interfaces: The current interfaces of this host.
    package init(
        _ listen: ListenSettings,
        announces: Bool = false,
        routeAddresses: Set<IPv4Address>,
        interfaces: [NetworkInterface]
    ) {
        let datagramPort = announces ? listen.datagramPort : nil
        let networks = interfaces.flatMap { Self.networks(of: $0, listen, datagramPort: datagramPort) }
        var sockets: Set<NameSocket> = []
        if listen.addresses.contains(.any) {
            sockets.insert(NameSocket(address: .any, port: listen.namePort, receives: .broadcasts))
            if let datagramPort {
                sockets.insert(NameSocket(.datagrams, address: .any, port: datagramPort, receives: .broadcasts))
            }
        }
        for network in networks {
            // If bound to all addresses, the router receives queries at any of them; otherwise at the listed ones and
            // those of routes.
            let local = network.localAddresses.filter {
                listen.addresses.contains(.any) || routeAddresses.contains($0)
            }
            let asked = local + listen.addresses.filter { $0 != .any && network.network.contains($0) }
            for address in [network.address] + asked {
                sockets.insert(NameSocket(address: address, port: listen.namePort, receives: .unicasts))
            }
            if !listen.addresses.contains(.any) {
                for address in [network.network.broadcastAddress, .limitedBroadcast] {
                    sockets.insert(NameSocket(address: address, port: listen.namePort, receives: .broadcasts))
                    if let datagramPort {
                        sockets.insert(
                            NameSocket(.datagrams, address: address, port: datagramPort, receives: .broadcasts)
                        )
                    }
                }
            }
            for address in [network.address] + network.localAddresses.filter(routeAddresses.contains) {
                if let socket = network.datagramSocket(for: address) { sockets.insert(socket) }
            }
        }
        self.networks = networks
        self.sockets = sockets
        var localAddresses: Set<IPv4Address> = [], seen: Set<Int> = []
        for network in networks {
            localAddresses.insert(network.address)
            // The same for all networks of an interface.
            if seen.insert(network.interfaceIndex).inserted { localAddresses.formUnion(network.localAddresses) }
        }
        self.localAddresses = localAddresses
        self.interfaces = interfaces
    }

    /// The addresses of all interfaces in use, by which others, such as a name server, know this host.
    let localAddresses: Set<IPv4Address>

    /// Whether this host still has the address, and can send from it.
    func isLocal(_ address: IPv4Address) -> Bool {
        self.interfaces.contains { interface in
            interface.isUp
                && interface.addresses.contains { candidate in
                    candidate.address == address || (interface.isLoopback && candidate.network.contains(address))
                }
        }
    }

    private static func networks(
        of interface: NetworkInterface,
        _ listen: ListenSettings,
        datagramPort: UInt16?
    ) -> [NameNetwork] {
        guard interface.isUp else { return [] }
        var networks: [NameNetwork] = []
        for candidate in interface.addresses {
            guard let address = Self.ownAddress(candidate, of: interface, listen) else { continue }
            // A further address in the same network, or a route's own as a /32, is not another network.
            guard candidate.network.prefixLength < 31,
                !networks.contains(where: { $0.network == candidate.network })
            else { continue }
            networks.append(
                NameNetwork(
                    interface: interface.name,
                    interfaceIndex: interface.index,
                    address: address,
                    port: listen.namePort,
                    datagramPort: datagramPort,
                    network: candidate.network,
                    hardwareAddress: interface.hardwareAddress,
                    localAddresses: interface.addresses.map(\.address)
                )
            )
        }
        return networks
    }

    /// Returns the router's address in a network; `nil` if names are not advertised there.
    private static func ownAddress(
        _ candidate: NetworkInterface.Address,
        of interface: NetworkInterface,
        _ listen: ListenSettings
    ) -> IPv4Address? {
        let listened = listen.addresses.first { address in
            // All addresses of the loopback network are local, assigned or not.
            address == candidate.address || (interface.isLoopback && candidate.network.contains(address))
        }
        let isNamed = listen.interfaces.contains { selector in
            switch selector {
            case .name(let name): name == interface.name
            case .network(let network): network.contains(candidate.address)
            }
        }
        guard isNamed || listen.interfaces.isEmpty else { return nil }
        if listen.addresses.contains(.any) {
            let isOrdinary = interface.canBroadcast && !interface.isLoopback && !interface.isPointToPoint
            return isNamed || isOrdinary ? candidate.address : nil
        }
        return listened
    }
}

extension NameNetwork: Identifiable {
    /// The identity of a network across interface checks.
    package struct ID: Hashable, Sendable {
        let interfaceIndex: Int
        let address: IPv4Address
        let port: UInt16
        package let network: IPv4Network
    }

    package var id: ID {
        ID(interfaceIndex: self.interfaceIndex, address: self.address, port: self.port, network: self.network)
    }

    /// Returns the socket that sends from `address`.
    func socket(for address: IPv4Address) -> NameSocket {
        NameSocket(address: address, port: self.port, receives: .unicasts)
    }

    /// Returns the socket that announces from `address`; `nil` if announcements are disabled.
    func datagramSocket(for address: IPv4Address) -> NameSocket? {
        self.datagramPort.map { NameSocket(.datagrams, address: address, port: $0, receives: .unicasts) }
    }
}

/// A UDP socket of the name service, or of the datagram service that announces its names.
struct NameSocket: Hashable, Sendable {
    /// The protocol of the socket.
    enum Service: Hashable, Sendable {
        case names, datagrams
    }

    /// The datagrams that the socket receives. The kernel delivers a unicast to the socket bound to its address, and a
    /// broadcast to sockets bound to the broadcast address or to none, so each datagram is received once.
    enum Reception: Hashable, Sendable {
        case unicasts, broadcasts
    }

    let service: Service
    let address: IPv4Address
    let port: UInt16
    let receives: Reception

    init(_ service: Service = .names, address: IPv4Address, port: UInt16, receives: Reception) {
        self.service = service
        self.address = address
        self.port = port
        self.receives = receives
    }
}
