public import NetBIOS
import NetBIOSRouter

/// Resolves host names by DNS and the hosts file.
public enum HostAddresses {
    /// Returns the IPv4 addresses of a host, in the system's order; empty if it has only IPv6 addresses.
    ///
    /// - Throws: The resolver's error.
    public static func of(_ host: String) async throws -> [IPv4Address] {
        try await DiagnosisThreads.run {
            Result { try HostResolver.systemEndpoints(of: host) }
        }.get().compactMap(\.ipv4)
    }
}
