public import RouteConfig
import Synchronization

/// The table in force. Every session and datagram reads it once, and keeps what it read.
public final class LiveRoutes: Sendable {
    private let table: Mutex<RouteTable>

    public init(_ table: RouteTable) {
        self.table = Mutex(table)
    }

    /// The table at this moment.
    public var current: RouteTable { self.table.withLock { $0 } }

    /// Puts `new` in force for whoever asks from now on.
    public func replace(with new: RouteTable) {
        self.table.withLock { $0 = new }
    }
}
