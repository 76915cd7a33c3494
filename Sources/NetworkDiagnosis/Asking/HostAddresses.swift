public import NetBIOS
import NetBIOSRouter
import Sockets

/// The addresses that host names have by DNS and the hosts file.
public enum HostAddresses {
    /// The IPv4 addresses of a host, in the system's order; empty when it has IPv6 alone.
    ///
    /// - Throws: Why it has none, in the system's words.
    public static func of(_ host: String) async throws -> [IPv4Address] {
        try await BlockingPool(threadCount: 1).run {
            Result { try HostResolver.systemEndpoints(of: host) }
        }.get().compactMap(\.ipv4)
    }
}
