import CLinux
package import Glibc
import SystemPackage

/// The system calls that make TCP sockets.
package enum TCPSocket {
    /// Makes a non-blocking, close-on-exec socket of `AF_INET` or `AF_INET6`.
    package static func make(_ family: CInt) throws(SystemCallError) -> OwnedDescriptor {
        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(family, CInt(type), 0)
        guard descriptor >= 0 else { throw .current("socket") }
        return OwnedDescriptor(descriptor)
    }

    /// Prepares a socket to connect from an address that may not be this host's. connect(2) chooses the port, so that one
    /// address has all ports towards each peer.
    package static func bindTransparently(_ descriptor: CInt, to source: Endpoint) throws(SystemCallError) {
        try SocketOption.transparent.set(on: descriptor, to: 1)
        try SocketOption.bindAddressNoPort.set(on: descriptor, to: 1)
        try self.bind(descriptor, to: source)
    }

    package static func bind(_ descriptor: CInt, to endpoint: Endpoint) throws(SystemCallError) {
        guard endpoint.withSockaddr({ Glibc.bind(descriptor, $0, $1) }) == 0 else { throw .current("bind") }
    }

    /// Begins to connect.
    ///
    /// - Returns: Whether the connection is established already.
    package static func connect(_ descriptor: CInt, to endpoint: Endpoint) throws(SystemCallError) -> Bool {
        if endpoint.withSockaddr({ Glibc.connect(descriptor, $0, $1) }) == 0 { return true }
        guard errno == EINPROGRESS || errno == EINTR else { throw .current("connect") }
        return false
    }

    /// Accepts the next connection of an IPv4 listener.
    ///
    /// - Parameters:
    ///   - listener: A non-blocking listener.
    ///   - peer: Set to the peer's address.
    /// - Returns: The connection, non-blocking and close-on-exec; `nil` when none waits.
    /// - Throws: ``SystemCallError`` of accept4(2).
    package static func accept(_ listener: CInt, peer: inout sockaddr_in) throws(SystemCallError) -> CInt? {
        let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let (descriptor, address) = sockaddr_in.filled { accept4(listener, $0, $1, flags) }
        peer = address
        if descriptor >= 0 { return descriptor }
        if errno == EAGAIN { return nil }
        throw .current("accept4")
    }
}
