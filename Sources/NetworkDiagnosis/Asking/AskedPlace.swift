public import NetBIOS
import NetBIOSRouter
public import RouteConfig

/// Whom a question about names is put to.
public enum AskedPlace: Hashable, Sendable {
    /// Everybody on a network of this host: by broadcast, from the host's own address there.
    case network(interface: String, address: IPv4Address, broadcast: IPv4Address)
    /// Everybody whom a broadcast address reaches, on the way that the kernel chooses.
    case broadcast(IPv4Address)
    /// One host; a question to a name server and one to a node differ in ``NetBIOS/NameQuery/Question``.
    case host(IPv4Address)

    /// The networks of this host on which a question can be broadcast.
    ///
    /// - Parameter selectors: As `listen.interfaces`: empty for every interface that is up and can broadcast.
    /// - Returns: The networks, by interface; empty when there is none.
    public static func networks(_ selectors: [InterfaceSelector] = []) -> [AskedPlace] {
        var listen = ListenSettings()
        listen.interfaces = selectors
        return self.networks(listen)
    }

    /// Where the names of a configuration can be asked for: the networks that they are advertised on, and the WINS servers.
    public static func places(for configuration: RouterConfiguration) -> [AskedPlace] {
        self.networks(configuration.listen) + configuration.names.winsServers.map(AskedPlace.host)
    }

    private static func networks(_ listen: ListenSettings) -> [AskedPlace] {
        let interfaces = (try? NetworkInterface.all()) ?? []
        return NameNetworks(listen, routeAddresses: [], interfaces: interfaces).networks.map { network in
            .network(
                interface: network.interface,
                address: network.address,
                broadcast: network.network.broadcastAddress
            )
        }
    }

    /// Where the datagrams go.
    public var destination: IPv4Address {
        switch self {
        case .network(_, _, let broadcast): broadcast
        case .broadcast(let address), .host(let address): address
        }
    }

    /// The interface, where one was chosen.
    public var interface: String? {
        switch self {
        case .network(let interface, _, _): interface
        case .broadcast, .host: nil
        }
    }

    /// Whether everybody is asked.
    public var isBroadcast: Bool {
        switch self {
        case .network, .broadcast: true
        case .host: false
        }
    }

    /// The address to send from; `nil` for the kernel's choice.
    var source: IPv4Address? {
        switch self {
        case .network(_, let address, _): address
        case .broadcast, .host: nil
        }
    }
}

extension AskedPlace: CustomStringConvertible {
    /// `eth0 (192.0.2.255)`, or the address alone.
    public var description: String {
        switch self {
        case .network(let interface, _, let broadcast): "\(interface) (\(broadcast))"
        case .broadcast(let address), .host(let address): "\(address)"
        }
    }
}
