import Sockets
import NetBIOS
import RouteConfig
import Synchronization

/// Counts since the start, over all event loops: the source of the metrics.
final class RouterCounters: Sendable {
    private struct State {
        var admitted = 0
        var routes: [Route.ID: Ends] = [:]
        /// Connections that ended without a route.
        var withoutRoute: [SessionEnd: Int] = [:]
        var refusals: [SessionRefusal: Int] = [:]
        var limits: [SessionLimit: Int] = [:]
        var connectTimes: [Backend: ConnectTimes] = [:]
        var lastRefusals: [RefusedCall] = []
        var lastAcceptFailure: AcceptFailure?
    }

    /// The sessions of one route.
    private struct Ends {
        var ends: [SessionEnd: Int] = [:]
        let traffic = RouteTraffic()
    }

    private let state = Mutex(State())

    /// Refused calls that are remembered with what was called.
    static let rememberedRefusals = 20
    /// Routes that are remembered when they are no longer in force, and backends: beyond it those are forgotten.
    private static let rememberedRoutes = 20_000

    // MARK: - What happens

    /// A session got its route.
    func admitted() {
        self.state.withLock { $0.admitted += 1 }
    }

    /// Where the bytes of a route's sessions are counted.
    func traffic(of route: Route.ID) -> RouteTraffic {
        self.state.withLock { state in
            let counts = state.routes[route] ?? Ends()
            state.routes[route] = counts
            return counts.traffic
        }
    }

    /// A session, or a connection that never became one, is over.
    func ended(_ record: SessionRecord) {
        let end = record.end ?? .error
        let refused = RefusedCall(record)
        self.state.withLock { state in
            if let route = record.route?.id {
                state.routes[route, default: Ends()].ends[end, default: 0] += 1
            } else {
                state.withoutRoute[end, default: 0] += 1
            }
            guard let refused else { return }
            state.refusals[refused.code, default: 0] += 1
            state.lastRefusals.append(refused)
            if state.lastRefusals.count > Self.rememberedRefusals { state.lastRefusals.removeFirst() }
        }
    }

    /// A limit stood against a connection or a session.
    func limitReached(_ limit: SessionLimit) {
        self.state.withLock { $0.limits[limit, default: 0] += 1 }
    }

    /// A session reached its backend.
    func connected(to backend: Backend, after time: Duration) {
        self.state.withLock { $0.connectTimes[backend, default: ConnectTimes()].add(time) }
    }

    /// A listener could not accept.
    func failedToAccept(_ reason: String, now: MonotonicTime = .now()) {
        self.state.withLock { $0.lastAcceptFailure = AcceptFailure(reason: reason, time: now) }
    }

    /// Forgets what is not of these routes, where there is much of it.
    func keep(_ routes: [Route]) {
        let ids = Set(routes.map(\.id)), backends = Set(routes.flatMap(\.backends))
        self.state.withLock { state in
            if state.routes.count > Self.rememberedRoutes {
                state.routes = state.routes.filter { ids.contains($0.key) }
            }
            if state.connectTimes.count > Self.rememberedRoutes {
                state.connectTimes = state.connectTimes.filter { backends.contains($0.key) }
            }
        }
    }

    // MARK: - What it came to

    /// Why a listener could not accept, and when.
    struct AcceptFailure: Hashable, Sendable {
        var reason: String
        var time: MonotonicTime
    }

    var lastAcceptFailure: AcceptFailure? { self.state.withLock { $0.lastAcceptFailure } }

    /// The counts as they are now.
    var snapshot: CounterSnapshot {
        self.state.withLock { state in
            CounterSnapshot(
                admitted: state.admitted,
                routes: state.routes.mapValues { CounterSnapshot.OfRoute(ends: $0.ends, traffic: $0.traffic) },
                withoutRoute: state.withoutRoute,
                refusals: state.refusals,
                limits: state.limits,
                connectTimes: state.connectTimes,
                lastRefusals: state.lastRefusals.reversed()
            )
        }
    }
}

/// The bytes of one route's sessions, counted by every event loop as they pass.
final class RouteTraffic: Sendable {
    private let client = Atomic(0)
    private let backend = Atomic(0)

    /// Bytes from clients so far.
    var bytesIn: Int { self.client.load(ordering: .relaxed) }
    /// Bytes from backends so far.
    var bytesOut: Int { self.backend.load(ordering: .relaxed) }

    /// Counts what one end has sent.
    func add(_ bytes: Int, from side: SessionSide) {
        switch side {
        case .client: self.client.wrappingAdd(bytes, ordering: .relaxed)
        case .backend: self.backend.wrappingAdd(bytes, ordering: .relaxed)
        }
    }
}
