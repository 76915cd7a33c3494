import Glibc

/// The kernel's queue of connections that wait to be accepted on a listener.
package enum ListenerQueue {
    /// Returns the number of connections in the queue of a listener: `tcpi_unacked` (tcp(7), TCP_INFO).
    package static func length(of listener: CInt) -> UInt32 {
        var information = Information()
        var size = socklen_t(MemoryLayout<Information>.size)
        let status = getsockopt(listener, CInt(IPPROTO_TCP), TCP_INFO, &information, &size)
        return status == 0 ? information.unacknowledged : 0
    }

    /// The beginning of `struct tcp_info` of netinet/tcp.h.
    private struct Information {
        var states: UInt64 = 0
        var timesAndSizes: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        var unacknowledged: UInt32 = 0
    }
}
