import Glibc

/// A numeric socket option: its level and its name (socket(7), ip(7), tcp(7)).
package struct SocketOption: Hashable, Sendable {
    let level: CInt
    let name: CInt

    package static let reuseAddress = SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR)

    /// Lets another socket of the same user listen on the same port, where it has the option too.
    package static let reusePort = SocketOption(level: SOL_SOCKET, name: SO_REUSEPORT)

    /// Binds to an address that no interface has yet, such as a standby's.
    package static let freeBind = SocketOption(level: CInt(IPPROTO_IP), name: IP_FREEBIND)

    /// Binds to, and connects from, an address that is not this host's. Takes CAP_NET_RAW or CAP_NET_ADMIN.
    package static let transparent = SocketOption(level: CInt(IPPROTO_IP), name: IP_TRANSPARENT)

    /// Leaves the choice of the port to connect(2), which may reuse one towards another peer.
    package static let bindAddressNoPort = SocketOption(level: CInt(IPPROTO_IP), name: IP_BIND_ADDRESS_NO_PORT)

    package static let keepAlive = SocketOption(level: SOL_SOCKET, name: SO_KEEPALIVE)

    /// Seconds of silence before the first TCP keep-alive probe.
    package static let keepAliveIdle = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_KEEPIDLE)

    /// Seconds between TCP keep-alive probes.
    package static let keepAliveInterval = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_KEEPINTVL)

    /// Milliseconds that data, or keep-alive probes, may wait for an answer before the connection counts as dead. Also
    /// counts against a peer that answers with a zero window (tcp(7), TCP_USER_TIMEOUT).
    package static let userTimeout = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_USER_TIMEOUT)

    /// The reason why a connection is broken, or was not established; 0 for none. Reading it clears it.
    package static let pendingError = SocketOption(level: SOL_SOCKET, name: SO_ERROR)

    /// Sends small segments at once.
    package static let noDelay = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_NODELAY)

    /// Allows datagrams to a broadcast address.
    package static let broadcast = SocketOption(level: SOL_SOCKET, name: SO_BROADCAST)

    /// Bytes of the kernel's send buffer.
    package static let sendBuffer = SocketOption(level: SOL_SOCKET, name: SO_SNDBUF)

    /// Bytes of the kernel's receive buffer.
    package static let receiveBuffer = SocketOption(level: SOL_SOCKET, name: SO_RCVBUF)

    /// Reports the interface and address that a datagram arrived on.
    package static let packetInformation = SocketOption(level: CInt(IPPROTO_IP), name: IP_PKTINFO)

    /// Sets the option.
    package func set(on descriptor: CInt, to value: CInt) throws(SystemCallError) {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(descriptor, self.level, self.name, &value, size) == 0 else { throw .current("setsockopt") }
    }

    /// Returns the option's value; `nil` where the descriptor does not have it.
    package func value(of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, self.level, self.name, &value, &size) == 0 ? value : nil
    }
}
