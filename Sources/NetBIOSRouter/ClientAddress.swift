import CLinux
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

    /// The address that a system call fills in, as a `struct sockaddr_in` (ip(7)), and what the call returned.
    static func filled(
        by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> (status: CInt, address: ClientAddress) {
        var storage = sockaddr()
        var length = socklen_t(MemoryLayout<sockaddr>.size)
        let status = call(&storage, &length)
        return withUnsafeBytes(of: &storage) { bytes in
            // Two bytes of family, two of port, four of address; then zeros.
            let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            let address = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            return (status, ClientAddress(NetBIOS.IPv4Address(rawValue: address), port: port))
        }
    }

    /// `10.1.2.3:50112`.
    var description: String { "\(self.address):\(self.port)" }

    /// The same for system calls, with another port.
    func socketAddress(port: UInt16) -> SocketAddress {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = self.address.rawValue.bigEndian
        address.sin_port = port.bigEndian
        return SocketAddress(address)
    }
}
