import Glibc
import NIOCore
import NetBIOS

/// The IPv4 address and port of one end of a connection, in six bytes.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let address: NetBIOS.IPv4Address
    let port: UInt16

    init(_ address: NetBIOS.IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    init(_ address: sockaddr_in) {
        self.init(address.address, port: address.port)
    }

    /// `10.1.2.3:50112`.
    var description: String { "\(self.address):\(self.port)" }

    /// The same for system calls, with another port.
    func socketAddress(port: UInt16) -> SocketAddress {
        SocketAddress(sockaddr_in(self.address, port: port))
    }
}
