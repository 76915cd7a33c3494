public import RouteConfig
import Synchronization

/// The routes in force. A session or a datagram reads them once and keeps that table.
public final class LiveRoutes: Sendable {
    private let state: Mutex<State>

    private struct State {
        var table: RouteTable
        var generation = 1
    }

    public init(_ table: RouteTable) {
        self.state = Mutex(State(table: table))
    }

    /// The table in force.
    public var current: RouteTable { self.state.withLock { $0.table } }

    /// The table in force, and its generation: the number of tables so far.
    var versioned: (table: RouteTable, generation: Int) { self.state.withLock { ($0.table, $0.generation) } }

    /// Puts a new table in force.
    ///
    /// - Returns: The generation of `new`.
    @discardableResult
    func replace(with new: RouteTable) -> Int {
        self.state.withLock { state in
            state.table = new
            state.generation += 1
            return state.generation
        }
    }
}
