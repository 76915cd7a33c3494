import NetBIOS
import Sockets

/// The limits of lines about names that other hosts cause, over all networks.
struct NameLogLimiters: Sendable {
    /// A name on a network.
    struct Place: Hashable, Sendable {
        var name: QualifiedName
        var network: NameNetwork.ID
    }

    /// Names that were defended.
    let defences = LogLimiter<Place>(interval: .minutes(1))
    /// Names that another host holds, and names that it took.
    let conflicts = LogLimiter<Bool>(interval: .seconds(10), burst: 500, sourceBurst: 50, totalBurst: 500)
}
