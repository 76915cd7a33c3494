import Glibc

/// Why a place was not asked, or that it sent the question back. Says what the kernel said, and what to do about it.
public struct AskingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether the question left this host and something on the way, or the host itself, refused it.
    public let wasAsked: Bool
    /// What the kernel said.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    /// `connection refused; …`.
    public var description: String { "\(self.reason); \(self.remedy)" }

    /// What an error number means for a question.
    ///
    /// - Parameters:
    ///   - number: errno(3).
    ///   - sourcePort: The port that was to be sent from; 0 for any.
    ///   - port: The port that was asked.
    init(errorNumber number: CInt, sourcePort: UInt16, port: UInt16) {
        self.wasAsked = [ECONNREFUSED, EHOSTUNREACH, EHOSTDOWN].contains(number)
        self.reason = String(cString: strerror(number)).lowercased()
        self.remedy =
            switch number {
            case ECONNREFUSED:
                "no name service listens on UDP port \(port) there"
            case EHOSTUNREACH, EHOSTDOWN:
                "the host is not there, or a firewall is in the way"
            case ENETUNREACH:
                "this host has no route there: compare `ip route`"
            case EADDRINUSE:
                """
                another process holds UDP port \(sourcePort), such as nbrouter or nmbd on this host: leave \
                --source-port out, or stop that process
                """
            case EADDRNOTAVAIL:
                "the interface has lost its address: compare `ip address`"
            case EACCES where sourcePort > 0 && sourcePort < 1024:
                "ports below 1024 take root or CAP_NET_BIND_SERVICE: run as root, or leave --source-port out"
            case EACCES, EPERM:
                """
                broadcasts are not allowed, or a local firewall drops them: compare `nft list ruleset`; for a broadcast \
                address use --broadcast
                """
            case EMFILE, ENFILE:
                "too many files are open: raise the limit (ulimit -n)"
            default:
                "see nbrouter(8), COMMANDS"
            }
    }
}
