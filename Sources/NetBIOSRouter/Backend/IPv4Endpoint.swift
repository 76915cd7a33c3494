package import Glibc
package import NetBIOS
package import Sockets

// Conversions between the protocol's IPv4 addresses and those of system calls.

extension Endpoint {
    package init(_ address: IPv4Address, port: UInt16) {
        self.init(.ipv4(address.rawValue), port: port)
    }

    /// The IPv4 address; `nil` for IPv6.
    package var ipv4: IPv4Address? {
        switch self.host {
        case .ipv4(let address): IPv4Address(rawValue: address)
        case .ipv6: nil
        }
    }
}

extension sockaddr_in {
    package init(_ address: IPv4Address, port: UInt16) {
        self.init(ipv4: address.rawValue, port: port)
    }

    package var address: IPv4Address { IPv4Address(rawValue: self.ipv4) }
}
