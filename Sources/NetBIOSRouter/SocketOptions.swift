import Glibc
import NIOCore

/// A numeric option of a socket: its level and its name (socket(7), ip(7), tcp(7)).
struct SocketOption: Hashable, Sendable {
    let level: CInt
    let name: CInt

    static let reuseAddress = SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR)

    /// Lets another socket of the same user listen on the same port, where it has the option too.
    static let reusePort = SocketOption(level: SOL_SOCKET, name: SO_REUSEPORT)

    /// Binds to an address that no interface has yet: a standby's.
    static let freeBind = SocketOption(level: CInt(IPPROTO_IP), name: IP_FREEBIND)

    /// Binds to, and connects from, an address that is not this host's: `source: client`. Takes CAP_NET_RAW or CAP_NET_ADMIN.
    static let transparent = SocketOption(level: CInt(IPPROTO_IP), name: IP_TRANSPARENT)

    /// Leaves the choice of the port to connect(2), which may use one again towards another peer.
    static let bindAddressNoPort = SocketOption(level: CInt(IPPROTO_IP), name: IP_BIND_ADDRESS_NO_PORT)

    static let keepAlive = SocketOption(level: SOL_SOCKET, name: SO_KEEPALIVE)

    /// Seconds of silence before the first TCP keep-alive probe.
    static let keepAliveIdle = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_KEEPIDLE)

    /// Seconds from one TCP keep-alive probe to the next.
    static let keepAliveInterval = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_KEEPINTVL)

    /// Milliseconds that data, or keep-alive probes, may wait for an answer before the connection counts as dead. Counts
    /// against a peer that answers and takes nothing, too (tcp(7), TCP_USER_TIMEOUT).
    static let userTimeout = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_USER_TIMEOUT)

    /// Why the connection is broken, or was not made; 0 for none. Reading it takes it away.
    static let pendingError = SocketOption(level: SOL_SOCKET, name: SO_ERROR)

    /// Sends small packets at once.
    static let noDelay = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_NODELAY)

    /// Lets a datagram go to a broadcast address.
    static let broadcast = SocketOption(level: SOL_SOCKET, name: SO_BROADCAST)

    /// Bytes that the kernel keeps for the network.
    static let sendBuffer = SocketOption(level: SOL_SOCKET, name: SO_SNDBUF)

    /// Bytes that the kernel keeps for us.
    static let receiveBuffer = SocketOption(level: SOL_SOCKET, name: SO_RCVBUF)

    /// Has the kernel say where a datagram arrived.
    static let packetInformation = SocketOption(level: CInt(IPPROTO_IP), name: IP_PKTINFO)

    /// Sets the option.
    func set(on descriptor: CInt, to value: CInt) throws(IOError) {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(descriptor, self.level, self.name, &value, size) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
    }

    /// The value of the option.
    func value(of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, self.level, self.name, &value, &size) == 0 ? value : nil
    }
}

/// The socket options of both connections of a session.
///
/// A peer that has gone without a word is found out after ``deadPeerLimit``, whether data waits for it or not. RFC 1002 §6
/// has a keep-alive each 60 s. Samba gives up after five minutes, too; earlier would cut off a peer that only pauses.
enum RelaySocketOptions {
    /// Each option with its value.
    static let all: [(option: SocketOption, value: CInt)] = [
        (.noDelay, 1),
        (.keepAlive, 1),
        (.keepAliveIdle, 60),
        (.keepAliveInterval, 60),
        (.userTimeout, CInt(Self.deadPeerLimit.milliseconds)),
    ]

    /// How long a peer may give no sign of life, or take nothing of what waits for it. It is this limit that ends the
    /// keep-alive probes, too, whatever TCP_KEEPCNT says (tcp(7)).
    private static var deadPeerLimit: TimeAmount { .minutes(5) }
}

/// The beginning of `struct tcp_info` of netinet/tcp.h, which getsockopt(2) fills: what the kernel knows of a listener.
struct ListenerInformation {
    private var states: UInt64 = 0
    private var timesAndSizes: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    /// Of a listener: the length of its queue.
    private var unacknowledged: UInt32 = 0

    /// Connections that wait to be accepted: `tcpi_unacked` of a listener (tcp(7), TCP_INFO).
    static func queueLength(of listener: CInt) -> UInt32 {
        var information = ListenerInformation()
        var size = socklen_t(MemoryLayout<ListenerInformation>.size)
        let status = getsockopt(listener, CInt(IPPROTO_TCP), TCP_INFO, &information, &size)
        return status == 0 ? information.unacknowledged : 0
    }
}

/// A classic BPF program, as the kernel takes it (socket(7), SO_ATTACH_FILTER). Keeps its instructions in memory for as long
/// as it lives.
final class FilterProgram: Sendable {
    /// `struct sock_filter` of linux/filter.h.
    struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var operand: UInt32
    }

    /// `struct sock_fprog` of linux/filter.h.
    struct Value: Sendable {
        var count: UInt16
        // Written by the program's initializer alone, and read by the kernel alone.
        nonisolated(unsafe) var instructions: UnsafeMutablePointer<Instruction>
    }

    /// Written once, in ``init(_:)``, and never again.
    let value: Value

    private init(_ instructions: [Instruction]) {
        let memory = UnsafeMutablePointer<Instruction>.allocate(capacity: instructions.count)
        memory.initialize(from: instructions, count: instructions.count)
        self.value = Value(count: UInt16(instructions.count), instructions: memory)
    }

    deinit {
        self.value.instructions.deallocate()
    }

    /// Has a socket get only what the program lets pass.
    func attach(to descriptor: CInt) {
        var value = self.value
        _ = setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &value, socklen_t(MemoryLayout<Value>.size))
    }

    /// Drops each TCP segment that asks for a new connection: the SYN bit of byte 13 of the TCP header.
    static var dropSYN: FilterProgram {
        FilterProgram([
            Instruction(code: 0x30, operand: 13),  // load byte 13
            Instruction(code: 0x45, jumpIfTrue: 0, jumpIfFalse: 1, operand: 0x02),  // SYN set?
            Instruction(code: 0x06, operand: 0),  // drop
            Instruction(code: 0x06, operand: .max),  // keep all of it
        ])
    }
}
