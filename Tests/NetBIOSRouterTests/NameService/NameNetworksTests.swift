import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

struct NameNetworksTests {
    private func network(_ text: String, _ prefixLength: Int) throws -> IPv4Network {
        let address = try #require(IPv4Address(text))
        return try #require(IPv4Network(containing: address, prefixLength: prefixLength))
    }

    private func interface(
        _ name: String,
        _ index: Int,
        _ addresses: [(String, Int)],
        isUp: Bool = true,
        canBroadcast: Bool = true,
        isLoopback: Bool = false,
        isPointToPoint: Bool = false
    ) throws -> NetworkInterface {
        NetworkInterface(
            name: name,
            index: index,
            isUp: isUp,
            canBroadcast: canBroadcast,
            isLoopback: isLoopback,
            isPointToPoint: isPointToPoint,
            hardwareAddress: [2, 0, 0, 0, 0, UInt8(index)],
            addresses: try addresses.map { text, length in
                NetworkInterface.Address(
                    address: try #require(IPv4Address(text)),
                    network: try self.network(text, length)
                )
            }
        )
    }

    private func interfaces() throws -> [NetworkInterface] {
        [
            try self.interface("lo", 1, [("127.0.0.1", 8)], canBroadcast: false, isLoopback: true),
            try self.interface("eth0", 2, [("192.0.2.1", 24), ("192.0.2.50", 24), ("192.0.2.51", 32)]),
            try self.interface("eth1", 3, [("198.51.100.1", 25)]),
            try self.interface("eth2", 4, [("203.0.113.1", 24)], isUp: false),
            try self.interface("wg0", 5, [("10.9.0.1", 24)], canBroadcast: false, isPointToPoint: true),
        ]
    }

    private func networks(
        _ change: (inout ListenSettings) -> Void = { _ in },
        announces: Bool = false,
        routes: Set<IPv4Address> = []
    ) throws -> NameNetworks {
        var listen = ListenSettings()
        change(&listen)
        return NameNetworks(
            listen,
            announces: announces,
            routeAddresses: routes,
            interfaces: try self.interfaces()
        )
    }

    @Test func `by default: every interface that is up and can broadcast, once a network`() throws {
        let found = try self.networks()
        #expect(found.networks.map(\.interface) == ["eth0", "eth1"])
        #expect(found.networks.map { "\($0.address)" } == ["192.0.2.1", "198.51.100.1"])
        #expect(
            found.sockets.filter { $0.receives == .broadcasts }.map { "\($0.address)" } == ["0.0.0.0"]
        )
        #expect(
            found.sockets.filter { $0.receives == .unicasts }.map { "\($0.address)" }.sorted()
                == ["192.0.2.1", "192.0.2.50", "192.0.2.51", "198.51.100.1"]
        )
    }

    @Test func `loopback and point-to-point are left out unless they are named, by name or by network`() throws {
        #expect(try self.networks { $0.interfaces = [.name("lo")] }.networks.map(\.interface) == ["lo"])
        let tunnel = try self.network("10.9.0.0", 16)
        #expect(try self.networks { $0.interfaces = [.network(tunnel)] }.networks.map(\.interface) == ["wg0"])
    }

    @Test func `bound to one address: its network alone, with the sockets that hear its broadcasts`() throws {
        let found = try self.networks { $0.addresses = [IPv4Address(192, 0, 2, 50)] }
        #expect(found.networks.map { "\($0.interface) \($0.address)" } == ["eth0 192.0.2.50"])
        #expect(
            Set(found.sockets.map { "\($0.address) \($0.receives)" })
                == ["192.0.2.50 unicasts", "192.0.2.255 broadcasts", "255.255.255.255 broadcasts"]
        )
    }

    @Test func `all of the loopback network is local, assigned or not`() throws {
        let found = try self.networks { $0.addresses = [IPv4Address(127, 0, 0, 9)] }
        #expect(found.networks.map { "\($0.interface) \($0.address)" } == ["lo 127.0.0.9"])
        #expect(found.sockets.contains { $0.address == IPv4Address(127, 255, 255, 255) })
    }

    @Test func `a route's own address is asked at too, where an interface has it`() throws {
        let own = IPv4Address(192, 0, 2, 51), elsewhere = IPv4Address(192, 0, 2, 99)
        let found = try self.networks({ $0.addresses = [IPv4Address(192, 0, 2, 1)] }, routes: [own, elsewhere])
        let asked = Set(found.sockets.filter { $0.receives == .unicasts }.map(\.address))
        #expect(asked == [IPv4Address(192, 0, 2, 1), own])
    }

    @Test func `an interface that is down, and an unassigned address, yield no network`() throws {
        #expect(try self.networks { $0.interfaces = [.name("eth2")] }.networks.isEmpty)
        let nowhere = try self.networks { $0.addresses = [IPv4Address(192, 0, 2, 200)] }
        #expect(nowhere.networks.isEmpty)
        #expect(nowhere.sockets.isEmpty)
    }

    @Test func `announcements leave from a port of their own, which is open only where there are any`() throws {
        func datagrams(_ networks: NameNetworks) -> Set<NameSocket> {
            networks.sockets.filter { $0.service == .datagrams }
        }
        #expect(try datagrams(self.networks()).isEmpty)
        func socket(_ text: String, _ receives: NameSocket.Reception) throws -> NameSocket {
            NameSocket(.datagrams, address: try #require(IPv4Address(text)), port: 138, receives: receives)
        }
        let floating = try #require(IPv4Address("192.0.2.50"))
        let everywhere = try datagrams(self.networks(announces: true, routes: [floating]))
        #expect(
            everywhere == [
                try socket("0.0.0.0", .broadcasts), try socket("192.0.2.1", .unicasts),
                try socket("192.0.2.50", .unicasts), try socket("198.51.100.1", .unicasts),
            ]
        )
        let own = try #require(IPv4Address("192.0.2.1"))
        let atOne = try datagrams(self.networks({ $0.addresses = [own] }, announces: true))
        #expect(
            atOne == [
                try socket("192.0.2.1", .unicasts), try socket("192.0.2.255", .broadcasts),
                try socket("255.255.255.255", .broadcasts),
            ]
        )
    }
}
