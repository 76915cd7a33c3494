import Glibc
import NetBIOS
import Sockets

/// The IPv4 address and port of a client, in six bytes.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let address: IPv4Address
    let port: UInt16

    init(_ address: IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    init(_ address: sockaddr_in) {
        self.init(address.address, port: address.port)
    }

    /// `10.1.2.3:50112`.
    var description: String { "\(self.address):\(self.port)" }
}
