import Sockets

/// The socket options of both connections of a session.
///
/// A peer that vanished is found after ``deadPeerLimit``, whether data waits for it or not. RFC 1002 §6 has a keep-alive
/// each 60 s. Samba gives up after five minutes, too; a shorter limit would cut off a peer that only pauses.
enum SessionSocketOptions {
    static let all: [(option: SocketOption, value: CInt)] = [
        (.noDelay, 1),
        (.keepAlive, 1),
        (.keepAliveIdle, 60),
        (.keepAliveInterval, 60),
        (.userTimeout, CInt(Self.deadPeerLimit.milliseconds)),
    ]

    /// The time that a peer may be silent, or accept no data. It also bounds the keep-alive probes, whatever
    /// TCP_KEEPCNT is (tcp(7)).
    private static var deadPeerLimit: Duration { .minutes(5) }
}
