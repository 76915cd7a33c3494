import Glibc

/// The failure of a query to one destination, with the system's reason and the remedy.
public struct QueryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether the query was sent, and then rejected by the host or a router on the way.
    public let wasAsked: Bool
    /// The system's error text.
    public let reason: String
    /// The remedy.
    public let remedy: String

    /// `connection refused; …`.
    public var description: String { "\(self.reason); \(self.remedy)" }

    /// Makes the failure of an error number.
    ///
    /// - Parameters:
    ///   - number: errno(3).
    ///   - sourcePort: The source port of the query; 0 for any.
    ///   - port: The destination port.
    init(errorNumber number: CInt, sourcePort: UInt16, port: UInt16) {
        self.wasAsked = [ECONNREFUSED, EHOSTUNREACH, EHOSTDOWN].contains(number)
        self.reason = String(cString: strerror(number)).lowercased()
        self.remedy =
            switch number {
            case ECONNREFUSED:
                "no name service listens on UDP port \(port) there"
            case EHOSTUNREACH, EHOSTDOWN:
                "the host is down, or a firewall rejects the query"
            case ENETUNREACH:
                "this host has no route to it: see `ip route`"
            case EADDRINUSE:
                """
                another process holds UDP port \(sourcePort), such as nbrouter or nmbd on this host: leave \
                --source-port out, or stop that process
                """
            case EADDRNOTAVAIL:
                "the interface has lost its address: see `ip address`"
            case EACCES where sourcePort > 0 && sourcePort < 1024:
                "ports below 1024 require root or CAP_NET_BIND_SERVICE: run as root, or omit --source-port"
            case EACCES, EPERM:
                """
                broadcasts are not allowed, or a local firewall drops them: compare `nft list ruleset`; for a broadcast \
                address use --broadcast
                """
            case EAGAIN:
                "too many threads run: raise the limit (ulimit -u)"
            case EMFILE, ENFILE:
                "too many files are open: raise the limit (ulimit -n)"
            default:
                "see nbrouter(8), COMMANDS"
            }
    }
}
