import Glibc

/// A blocking TCP socket.
package final class Peer: Sendable {
    package let descriptor: CInt

    package init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// Listens on a port of 127.0.0.1 that the kernel chooses.
    package static func listen() throws -> (Peer, UInt16) {
        let (peer, port) = try self.bound(to: 0x7F00_0001)
        guard Glibc.listen(peer.descriptor, 16) == 0 else { throw BindFailure(number: errno) }
        return (peer, port)
    }

    /// Binds a port of every address and does not listen: connections to it are refused, the kernel gives it to nobody else
    /// while the peer lives, and a listener with SO_REUSEADDR may have it.
    package static func reserve() throws -> (Peer, UInt16) { try self.bound(to: 0) }

    private static func bound(to host: UInt32) throws -> (Peer, UInt16) {
        let peer = Peer(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var isReusable: CInt = 1
        setsockopt(peer.descriptor, SOL_SOCKET, SO_REUSEADDR, &isReusable, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(peer.descriptor, pointer, length) == 0 && getsockname(peer.descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw BindFailure(number: errno) }
        return (peer, UInt16(bigEndian: address.sin_port))
    }

    package static func connect(port: UInt16) -> Peer {
        let peer = Peer(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = Glibc.connect(peer.descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return peer
    }

    package func accept() -> Peer { Peer(Glibc.accept(self.descriptor, nil, nil)) }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Receives up to `count` bytes; fewer at the end of the stream.
    package func receive(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let step = bytes[received...].withUnsafeMutableBytes { recv(self.descriptor, $0.baseAddress, $0.count, 0) }
            guard step > 0 else { break }
            received += step
        }
        return Array(bytes[..<received])
    }

    package func finish() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    deinit { close(self.descriptor) }
}

/// No port could be bound.
package struct BindFailure: Error {
    /// The system's error number.
    package let number: CInt
}
