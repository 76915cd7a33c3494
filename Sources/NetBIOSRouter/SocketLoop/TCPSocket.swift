import CLinux
import Glibc
import NIOCore

/// The system calls that make TCP sockets, each with its error.
enum TCPSocket {
    /// A non-blocking socket of a family, which no child process inherits.
    static func make(_ family: CInt) throws(IOError) -> CInt {
        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(family, CInt(type), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return descriptor
    }

    /// Sets what both connections of a session have; a listener gives it to those that it accepts.
    static func setRelayOptions(_ descriptor: CInt) throws(IOError) {
        for (option, value) in RelaySocketOptions.all { try option.set(on: descriptor, to: value) }
    }

    /// Has a connection come from an address that may not be this host's. The port is chosen when it connects, so that one
    /// address has as many towards each backend.
    static func bindTransparently(_ descriptor: CInt, to source: SocketAddress) throws(IOError) {
        try SocketOption.transparent.set(on: descriptor, to: 1)
        try SocketOption.bindAddressNoPort.set(on: descriptor, to: 1)
        try self.bind(descriptor, to: source)
    }

    static func bind(_ descriptor: CInt, to address: SocketAddress) throws(IOError) {
        let status = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard status == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }

    /// Begins to connect.
    ///
    /// - Returns: Whether the connection is made already.
    static func connect(_ descriptor: CInt, to address: SocketAddress) throws(IOError) -> Bool {
        let status = address.withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) }
        if status == 0 { return true }
        guard errno == EINPROGRESS || errno == EINTR else { throw IOError(errnoCode: errno, reason: "connect") }
        return false
    }

    /// Takes the next connection off a listener of IPv4.
    ///
    /// - Returns: The connection, non-blocking, and whose it is; `nil` when none waits.
    static func accept(_ listener: CInt) throws(IOError) -> (descriptor: CInt, client: ClientAddress)? {
        let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let (descriptor, client) = sockaddr_in.filled { accept4(listener, $0, $1, flags) }
        if descriptor >= 0 { return (descriptor, ClientAddress(client)) }
        if errno == EAGAIN { return nil }
        throw IOError(errnoCode: errno, reason: "accept4")
    }

    /// Where a socket of IPv4 is bound to.
    static func localAddress(_ descriptor: CInt) -> ClientAddress? {
        let (status, address) = sockaddr_in.filled { getsockname(descriptor, $0, $1) }
        return status == 0 ? ClientAddress(address) : nil
    }
}
