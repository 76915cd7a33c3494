import Glibc
import NetBIOS

/// The `struct sockaddr_in` of ip(7): an IPv4 address and a port, as system calls have them.
extension sockaddr_in {
    init(_ address: IPv4Address, port: UInt16) {
        self.init()
        self.sin_family = sa_family_t(AF_INET)
        self.sin_port = port.bigEndian
        self.sin_addr.s_addr = address.rawValue.bigEndian
    }

    /// The IPv4 address.
    var address: IPv4Address { IPv4Address(rawValue: UInt32(bigEndian: self.sin_addr.s_addr)) }

    /// The port.
    var port: UInt16 { UInt16(bigEndian: self.sin_port) }

    /// Gives it to a system call.
    func withSockaddr<Result>(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: self) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The one that a system call fills in, and what the call returned.
    static func filled<Result>(
        by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> (result: Result, address: sockaddr_in) {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
        return (result, address)
    }
}
