package import Glibc

/// An IP address and a port: one end of a TCP connection, or of a UDP exchange.
package struct Endpoint: Hashable, Sendable {
    package var host: Host
    package var port: UInt16

    /// The address without the port.
    package enum Host: Hashable, Sendable {
        /// In host byte order.
        case ipv4(UInt32)
        /// The two halves in host byte order, and the index of the interface for a link-local address, 0 for none.
        case ipv6(high: UInt64, low: UInt64, scope: UInt32)
    }

    package init(_ host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Parses a numeric address, `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`; `nil` for anything else.
    package init?(numeric text: String, port: UInt16) {
        var address = in_addr()
        if inet_pton(AF_INET, text, &address) == 1 {
            self.init(.ipv4(UInt32(bigEndian: address.s_addr)), port: port)
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
            guard scope > 0 else { return nil }
        }
        var address6 = in6_addr()
        guard let numeric = parts.first, inet_pton(AF_INET6, String(numeric), &address6) == 1 else { return nil }
        self.init(Host(address6, scope: scope), port: port)
    }

    /// `AF_INET` or `AF_INET6`.
    package var family: CInt {
        switch self.host {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        }
    }
}

extension Endpoint.Host {
    fileprivate init(_ address: in6_addr, scope: UInt32) {
        self = withUnsafeBytes(of: address) { bytes in
            .ipv6(
                high: UInt64(bigEndian: bytes.load(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self)),
                scope: scope
            )
        }
    }
}

// MARK: - System calls

extension Endpoint {
    /// Reads a `struct sockaddr_in` or `struct sockaddr_in6`; `nil` for another family.
    package init?(_ address: UnsafePointer<sockaddr>) {
        let bytes = UnsafeRawPointer(address)
        switch CInt(address.pointee.sa_family) {
        case AF_INET:
            let address = bytes.loadUnaligned(as: sockaddr_in.self)
            self.init(.ipv4(UInt32(bigEndian: address.sin_addr.s_addr)), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = bytes.loadUnaligned(as: sockaddr_in6.self)
            self.init(
                Host(address.sin6_addr, scope: address.sin6_scope_id),
                port: UInt16(bigEndian: address.sin6_port)
            )
        default:
            return nil
        }
    }

    /// Returns the address that a descriptor is bound to; `nil` where it is no IP socket.
    package init?(localAddressOf descriptor: CInt) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let endpoint = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0 ? Endpoint(address) : nil
            }
        }
        guard let endpoint else { return nil }
        self = endpoint
    }

    /// Lends the address to a system call.
    package func withSockaddr<Result>(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch self.host {
        case .ipv4(let address):
            return sockaddr_in(ipv4: address, port: self.port).withSockaddr(call)
        case .ipv6(let high, let low, let scope):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = self.port.bigEndian
            address.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }
}

// MARK: - Text

extension Endpoint: CustomStringConvertible {
    /// `10.1.2.3:50112`, `[2001:db8::1]:50112`.
    package var description: String {
        switch self.host {
        case .ipv4: "\(self.host):\(self.port)"
        case .ipv6: "[\(self.host)]:\(self.port)"
        }
    }
}

extension Endpoint.Host: CustomStringConvertible {
    /// `10.1.2.3`, `2001:db8::1`, `fe80::1%2`.
    package var description: String {
        switch self {
        case .ipv4(let address):
            return "\(address >> 24).\(address >> 16 & 0xFF).\(address >> 8 & 0xFF).\(address & 0xFF)"
        case .ipv6(let high, let low, let scope):
            var address = (high.bigEndian, low.bigEndian)
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
            let numeric = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return scope == 0 ? numeric : "\(numeric)%\(scope)"
        }
    }
}
