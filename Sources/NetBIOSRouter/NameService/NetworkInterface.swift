import Glibc
package import Sockets
package import NetBIOS

/// A network interface of this host, as a snapshot.
package struct NetworkInterface: Hashable, Sendable {
    package let name: String
    private(set) var index: Int
    /// Whether it is up and has a link (IFF_UP and IFF_RUNNING).
    package var isUp: Bool
    var canBroadcast: Bool
    var isLoopback: Bool
    var isPointToPoint: Bool
    /// The MAC address; zeros if it has none.
    var hardwareAddress: [UInt8]
    /// Its IPv4 addresses, in the kernel's order.
    package var addresses: [Address]

    /// An IPv4 address of an interface, and its network.
    package struct Address: Hashable, Sendable {
        package let address: IPv4Address
        let network: IPv4Network
    }
}

extension NetworkInterface {
    /// Returns all interfaces of this host.
    ///
    /// - Returns: The interfaces, by index.
    /// - Throws: The error of the kernel, for example without a free descriptor.
    package static func all() throws(SystemCallError) -> [NetworkInterface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { throw SystemCallError.current("getifaddrs") }
        defer { freeifaddrs(first) }
        var interfaces: [String: NetworkInterface] = [:]
        for entry in sequence(first: first, next: { $0?.pointee.ifa_next }) {
            guard let entry = entry?.pointee, let label = entry.ifa_name else { continue }
            // The label of an address may have a suffix after a colon, `eth0:1`.
            let name = String(String(cString: label).prefix { $0 != ":" })
            let flags = Int32(bitPattern: entry.ifa_flags)
            func has(_ flag: Int) -> Bool { flags & Int32(flag) != 0 }
            var interface =
                interfaces[name]
                ?? NetworkInterface(
                    name: name,
                    index: 0,
                    isUp: has(IFF_UP) && has(IFF_RUNNING),
                    canBroadcast: has(IFF_BROADCAST),
                    isLoopback: has(IFF_LOOPBACK),
                    isPointToPoint: has(IFF_POINTOPOINT),
                    hardwareAddress: [UInt8](repeating: 0, count: 6),
                    addresses: []
                )
            interface.add(entry)
            interfaces[name] = interface
        }
        // An interface without a link layer, such as some tunnels, has no such entry.
        for name in interfaces.filter({ $0.value.index == 0 }).keys {
            let index = if_nametoindex(name)
            if index == 0, errno != ENODEV, errno != ENXIO { throw SystemCallError.current("if_nametoindex") }
            interfaces[name]?.index = Int(index)
        }
        return interfaces.values.filter { $0.index > 0 }.sorted { $0.index < $1.index }
    }

    private mutating func add(_ entry: ifaddrs) {
        guard let address = entry.ifa_addr else { return }
        switch Int32(UnsafeRawPointer(address).load(as: sa_family_t.self)) {
        case AF_INET:
            guard let mask = entry.ifa_netmask else { return }
            let own = IPv4Address(address), bits = IPv4Address(mask).rawValue.nonzeroBitCount
            if let network = IPv4Network(containing: own, prefixLength: bits) {
                self.addresses.append(Address(address: own, network: network))
            }
        case AF_PACKET:
            // `struct sockaddr_ll` of packet(7): the index from byte 4, the address's length at byte 11, the address from 12.
            let link = UnsafeRawPointer(address)
            // A lookup by name would need a descriptor, which may be unavailable.
            self.index = Int(link.load(fromByteOffset: 4, as: CInt.self))
            guard link.load(fromByteOffset: 11, as: UInt8.self) == 6 else { return }
            self.hardwareAddress = (12..<18).map { link.load(fromByteOffset: $0, as: UInt8.self) }
        default:
            break
        }
    }
}

extension IPv4Address {
    /// The address of a `struct sockaddr_in` of ip(7): bytes 4 to 7.
    fileprivate init(_ address: UnsafeMutablePointer<sockaddr>) {
        let rawValue = UnsafeRawPointer(address).load(fromByteOffset: 4, as: UInt32.self)
        self.init(rawValue: UInt32(bigEndian: rawValue))
    }
}
