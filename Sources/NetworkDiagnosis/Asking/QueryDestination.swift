public import NetBIOS
import NetBIOSRouter
public import RouteConfig

/// The destination of a name query.
public enum QueryDestination: Hashable, Sendable {
    /// A broadcast on one of the host's networks, from the host's own address there.
    case network(interface: String, address: IPv4Address, broadcast: IPv4Address)
    /// A broadcast address, by the kernel's route.
    case broadcast(IPv4Address)
    /// One host; queries to a name server and to a node differ in ``NetBIOS/NameQuery/Question``.
    case host(IPv4Address)

    /// Returns the networks of this host for broadcast queries.
    ///
    /// - Parameter selectors: Interfaces as in `listen.interfaces`: empty for every one that is up and can broadcast.
    /// - Returns: The networks, by interface.
    public static func networks(_ selectors: [InterfaceSelector] = []) -> [QueryDestination] {
        var listen = ListenSettings()
        listen.interfaces = selectors
        return self.networks(listen)
    }

    /// Returns the destinations of queries for the names of a configuration: its networks and its WINS servers.
    public static func places(for configuration: RouterConfiguration) -> [QueryDestination] {
        self.networks(configuration.listen) + configuration.names.winsServers.map(QueryDestination.host)
    }

    private static func networks(_ listen: ListenSettings) -> [QueryDestination] {
        let interfaces = (try? NetworkInterface.all()) ?? []
        return NameNetworks(listen, routeAddresses: [], interfaces: interfaces).networks.map { network in
            .network(
                interface: network.interface,
                address: network.address,
                broadcast: network.network.broadcastAddress
            )
        }
    }

    /// The destination address.
    public var destination: IPv4Address {
        switch self {
        case .network(_, _, let broadcast): broadcast
        case .broadcast(let address), .host(let address): address
        }
    }

    /// The interface; `nil` if the kernel chooses it.
    public var interface: String? {
        switch self {
        case .network(let interface, _, _): interface
        case .broadcast, .host: nil
        }
    }

    /// Whether the query is broadcast.
    public var isBroadcast: Bool {
        switch self {
        case .network, .broadcast: true
        case .host: false
        }
    }

    /// The source address; `nil` if the kernel chooses it.
    var source: IPv4Address? {
        switch self {
        case .network(_, let address, _): address
        case .broadcast, .host: nil
        }
    }
}

extension QueryDestination: CustomStringConvertible {
    /// `eth0 (192.0.2.255)`, or the address alone.
    public var description: String {
        switch self {
        case .network(let interface, _, let broadcast): "\(interface) (\(broadcast))"
        case .broadcast(let address), .host(let address): "\(address)"
        }
    }
}
