import Glibc
import NetBIOS

/// A `struct sockaddr_in` of ip(7), byte for byte.
struct SocketAddressBytes {
    private let bytes: [UInt8]

    init(_ address: IPv4Address, port: UInt16) {
        let family = UInt16(AF_INET)
        let numbers = withUnsafeBytes(of: family) { Array($0) }
        let rest: [UInt8] = [
            UInt8(port >> 8), UInt8(port & 0xFF),
            UInt8(address.rawValue >> 24), UInt8(address.rawValue >> 16 & 0xFF),
            UInt8(address.rawValue >> 8 & 0xFF), UInt8(address.rawValue & 0xFF),
        ]
        self.bytes = numbers + rest + [UInt8](repeating: 0, count: 8)
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        self.bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                // Sixteen bytes make one address, so there is a base.
                body(addresses.baseAddress.unsafelyUnwrapped, socklen_t(bytes.count))
            }
        }
    }
}
