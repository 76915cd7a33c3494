import Sockets
import RouteConfig
import Synchronization

/// Health of all backends, over all event loops, and the order in which a new session tries those of its route.
///
/// The route's `balance` gives the order. A backend whose last check failed, or that sessions did not reach lately, is tried
/// last, so that sessions do not wait for a dead one again and again. Only one that the operator drains is left out.
final class BackendPool: Sendable {
    private struct State {
        /// Of backends of which there is something to remember.
        var health: [Backend: BackendHealth] = [:]
        var turns: [Route.ID: Int] = [:]
    }

    private let state = Mutex(State())

    /// The backends of `route` that take new sessions, the one to try first in front.
    ///
    /// - Parameters:
    ///   - route: Whose backends.
    ///   - now: The moment.
    ///   - sessionCount: How many sessions a backend has.
    /// - Returns: Each of them once; none where the operator drains them all.
    func backends(of route: Route, now: MonotonicTime, sessionCount: (Backend) -> Int) -> [Backend] {
        self.state.withLock { state in
            var first = route.backends, last: [Backend] = []
            if !state.health.isEmpty {
                first = first.filter { state.health[$0]?.isDraining != true }
                last = first.filter { state.health[$0]?.isTriedLast(at: now) == true }
                first.removeAll(where: last.contains)
            }
            switch route.balance {
            case .failover:
                return first + last
            case .roundRobin:
                let turn = state.turns[route.id, default: 0]
                state.turns[route.id] = turn &+ 1
                return first.rotated(by: turn) + last.rotated(by: turn)
            case .leastSessions:
                return first.sorted(by: sessionCount) + last.sorted(by: sessionCount)
            }
        }
    }

    /// A backend took a session.
    func reached(_ backend: Backend) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend]?.reached() ?? .none }
    }

    /// A backend did not take a session.
    func failed(_ backend: Backend, _ error: BackendStatus.LastError, now: MonotonicTime) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend, default: BackendHealth()].failed(error, now: now) }
    }

    /// A backend passed a check.
    func passedCheck(_ backend: Backend) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend]?.passedCheck() ?? .none }
    }

    /// A backend failed a check.
    func failedCheck(_ backend: Backend, _ error: BackendStatus.LastError) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend, default: BackendHealth()].failedCheck(error) }
    }

    /// A backend is checked no more.
    func endedChecks(of backend: Backend) {
        self.state.withLock { $0.health[backend]?.endedChecks() }
    }

    /// Takes a backend out for new sessions, or in again.
    ///
    /// - Returns: Whether that changes anything.
    func setDraining(_ isDraining: Bool, _ backend: Backend) -> Bool {
        self.state.withLock { state in
            guard isDraining != (state.health[backend]?.isDraining ?? false) else { return false }
            state.health[backend, default: BackendHealth()].isDraining = isDraining
            return true
        }
    }

    /// Returns the status of a backend that has `sessions` sessions.
    func status(of backend: Backend, sessions: Int) -> BackendStatus {
        let health = self.state.withLock { $0.health[backend] } ?? BackendHealth()
        return BackendStatus(
            backend: backend,
            state: health.state,
            isDown: health.isDown,
            sessions: sessions,
            lastError: health.lastError
        )
    }

    /// Forgets backends and turns of routes that are gone.
    func keep(_ routes: [Route]) {
        let backends = Set(routes.flatMap(\.backends)), ids = Set(routes.map(\.id))
        self.state.withLock { state in
            state.health = state.health.filter { backends.contains($0.key) }
            state.turns = state.turns.filter { ids.contains($0.key) }
        }
    }
}

extension [Backend] {
    /// The same, beginning with another one at each turn.
    fileprivate func rotated(by turn: Int) -> [Backend] {
        guard self.count > 1 else { return self }
        let start = Int(UInt(bitPattern: turn) % UInt(self.count))
        return Array(self[start...] + self[..<start])
    }

    /// Those with the fewest sessions first; of equals, the one that stood in front.
    fileprivate func sorted(by sessionCount: (Backend) -> Int) -> [Backend] {
        guard self.count > 1 else { return self }
        let counts = self.map(sessionCount)
        return self.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }.map { self[$0] }
    }
}
