import NIOCore
import NetBIOS
import RouteConfig
import Synchronization

/// The order in which a new session tries the backends of its route.
///
/// The route's `balance` gives the order; a backend that was not reached lately is tried last, for a pause that doubles with
/// each failure, so that sessions do not wait for a dead one again and again. No backend is ever left out.
final class BackendOrder: Sendable {
    /// What is remembered of a backend that was not reached.
    private struct Failures {
        var count = 0
        var lastUntil: NIODeadline
    }

    private struct State {
        var failures: [Backend: Failures] = [:]
        var turns: [Route.ID: Int] = [:]
    }

    private let state = Mutex(State())

    /// How long a backend is tried last after its first failure.
    static let firstPause = TimeAmount.seconds(2)
    /// And after many.
    static let longestPause = TimeAmount.seconds(60)

    /// The backends of `route`, the one to try first in front.
    ///
    /// - Parameters:
    ///   - route: Whose backends.
    ///   - now: The moment.
    ///   - sessionCount: How many sessions a backend has.
    /// - Returns: All of them, each once.
    func backends(of route: Route, now: NIODeadline, sessionCount: (Backend) -> Int) -> [Backend] {
        guard route.backends.count > 1 else { return route.backends }
        return self.state.withLock { state in
            let ordered: [Backend]
            switch route.balance {
            case .failover:
                ordered = route.backends
            case .roundRobin:
                let turn = state.turns[route.id, default: 0] % route.backends.count
                state.turns[route.id] = turn + 1
                ordered = Array(route.backends[turn...] + route.backends[..<turn])
            case .leastSessions:
                let counts = route.backends.map(sessionCount)
                ordered = route.backends.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
                    .map { route.backends[$0] }
            }
            let failures = state.failures
            func isLast(_ backend: Backend) -> Bool { failures[backend].map { $0.lastUntil > now } ?? false }
            return ordered.filter { !isLast($0) } + ordered.filter(isLast)
        }
    }

    /// A backend took a session.
    func reached(_ backend: Backend) {
        self.state.withLock { $0.failures[backend] = nil }
    }

    /// A backend did not take a session.
    func failed(_ backend: Backend, now: NIODeadline) {
        self.state.withLock { state in
            var failures = state.failures[backend] ?? Failures(lastUntil: now)
            let doublings = min(failures.count, 5)
            failures.count += 1
            failures.lastUntil = now + min(Self.firstPause * (1 << doublings), Self.longestPause)
            state.failures[backend] = failures
        }
    }

    /// Forgets what no route has any more.
    func keep(_ routes: [Route]) {
        let backends = Set(routes.flatMap(\.backends)), ids = Set(routes.map(\.id))
        self.state.withLock { state in
            state.failures = state.failures.filter { backends.contains($0.key) }
            state.turns = state.turns.filter { ids.contains($0.key) }
        }
    }
}
