package import Glibc

/// The `struct sockaddr_in` of ip(7): an IPv4 address and a port, as system calls have them.
extension sockaddr_in {
    /// - Parameters:
    ///   - address: In host byte order.
    ///   - port: In host byte order.
    package init(ipv4 address: UInt32, port: UInt16) {
        self.init()
        self.sin_family = sa_family_t(AF_INET)
        self.sin_port = port.bigEndian
        self.sin_addr.s_addr = address.bigEndian
    }

    /// The address in host byte order.
    package var ipv4: UInt32 { UInt32(bigEndian: self.sin_addr.s_addr) }

    /// The port in host byte order.
    package var port: UInt16 { UInt16(bigEndian: self.sin_port) }

    /// Lends the structure to a system call.
    package func withSockaddr<Result>(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: self) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Returns what a system call returned, and the structure that it filled in.
    package static func filled<Result>(
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
