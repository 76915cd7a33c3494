import Sockets
import RouteConfig
import Synchronization

/// The health of all backends, over all event loops, and the order in which a new session tries those of its route.
///
/// The route's `balance` gives the order. A backend whose last check failed, or that recent sessions could not reach,
/// is tried last, so that sessions do not wait for a dead backend repeatedly. Only draining backends are left out.
final class BackendPool: Sendable {
    private struct State {
        /// Backends with a history.
        var health: [Backend: BackendHealth] = [:]
        var turns: [Route.ID: Int] = [:]
    }

    private let state = Mutex(State())

    /// Returns the backends of `route` that accept new sessions, in the order to try them.
    ///
    /// - Parameters:
    ///   - route: The route.
    ///   - now: The current time.
    ///   - sessionCount: Returns the number of a backend's sessions.
    /// - Returns: Each backend once; none if all are draining.
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

    /// Records that a session reached a backend.
    func reached(_ backend: Backend) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend]?.reached() ?? .none }
    }

    /// Records that a session could not reach a backend.
    func failed(_ backend: Backend, _ error: BackendStatus.LastError, now: MonotonicTime) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend, default: BackendHealth()].failed(error, now: now) }
    }

    /// Records a successful check.
    func passedCheck(_ backend: Backend) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend]?.passedCheck() ?? .none }
    }

    /// Records a failed check.
    func failedCheck(_ backend: Backend, _ error: BackendStatus.LastError) -> BackendHealth.Change {
        self.state.withLock { $0.health[backend, default: BackendHealth()].failedCheck(error) }
    }

    /// Records that a backend is no longer checked.
    func endedChecks(of backend: Backend) {
        self.state.withLock { $0.health[backend]?.endedChecks() }
    }

    /// Starts or stops draining a backend.
    ///
    /// - Returns: Whether the state changed.
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

    /// Returns the status of every backend of a configuration: each once, in the order of the file.
    func statuses(of configuration: RouterConfiguration, _ registry: SessionRegistry) -> [BackendStatus] {
        var seen: Set<Backend> = []
        return configuration.routes.flatMap(\.backends).filter { seen.insert($0).inserted }.map {
            self.status(of: $0, sessions: registry.sessionCount(of: $0))
        }
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
    /// Rotates the order by one backend per turn.
    fileprivate func rotated(by turn: Int) -> [Backend] {
        guard self.count > 1 else { return self }
        let start = Int(UInt(bitPattern: turn) % UInt(self.count))
        return Array(self[start...] + self[..<start])
    }

    /// Sorts by the number of sessions, stably.
    fileprivate func sorted(by sessionCount: (Backend) -> Int) -> [Backend] {
        guard self.count > 1 else { return self }
        let counts = self.map(sessionCount)
        return self.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }.map { self[$0] }
    }
}
