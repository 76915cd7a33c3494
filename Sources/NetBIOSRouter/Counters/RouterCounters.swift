import Sockets
import NetBIOS
import RouteConfig
import Synchronization

/// Counters since the start, over all event loops; the source of the metrics.
final class RouterCounters: Sendable {
    fileprivate struct State {
        var admitted = 0
        var routes: [Route.ID: RouteCounts] = [:]
        /// Connections that ended without a route.
        var withoutRoute: [SessionEnd: Int] = [:]
        var refusals: [SessionRefusal: Int] = [:]
        var limits: [SessionLimit: Int] = [:]
        var connectTimes: [Backend: BackendConnectTimes] = [:]
        var lastRefusals: [RefusedCall] = []
        var lastAcceptFailure: AcceptFailure?
    }

    private let state = Mutex(State())

    /// The number of refused calls that are kept with their details.
    static let rememberedRefusals = 20
    /// The number of routes and backends no longer in force that are kept; beyond it they are forgotten.
    private static let rememberedRoutes = 20_000

    // MARK: - Events

    /// Counts a session that got its route.
    func admitted() {
        self.state.withLock { $0.admitted += 1 }
    }

    /// Returns the byte counters of a route.
    func traffic(of route: Route.ID) -> RouteTraffic {
        self.state.withLock { $0.counts(of: route).traffic }
    }

    /// Counts the end of a session, or of a connection without a request.
    func ended(_ record: SessionRecord) {
        let end = record.end ?? .error
        let refused = RefusedCall(record)
        let counts = self.state.withLock { state in
            let counts = record.route.map { state.counts(of: $0.id) }
            if counts == nil { state.withoutRoute[end, default: 0] += 1 }
            guard let refused else { return counts }
            state.refusals[refused.code, default: 0] += 1
            state.lastRefusals.append(refused)
            if state.lastRefusals.count > Self.rememberedRefusals { state.lastRefusals.removeFirst() }
            return counts
        }
        counts?.ended(end)
    }

    /// Counts a limit that was reached.
    func limitReached(_ limit: SessionLimit) {
        self.state.withLock { $0.limits[limit, default: 0] += 1 }
    }

    /// Adds the time to connect to a backend.
    func connected(to backend: Backend, after time: Duration) {
        let times = self.state.withLock { state in
            let times = state.connectTimes[backend] ?? BackendConnectTimes()
            state.connectTimes[backend] = times
            return times
        }
        times.add(time)
    }

    /// Records a failure to accept.
    func failedToAccept(_ reason: String, now: MonotonicTime = .now()) {
        self.state.withLock { $0.lastAcceptFailure = AcceptFailure(reason: reason, time: now) }
    }

    /// Forgets other routes, if there are many.
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

    // MARK: - Snapshot

    /// The last failure to accept, and its time.
    struct AcceptFailure: Hashable, Sendable {
        var reason: String
        var time: MonotonicTime
    }

    var lastAcceptFailure: AcceptFailure? { self.state.withLock { $0.lastAcceptFailure } }

    /// The counts as they are now. No lock that sessions take is held for each route; the call takes time for each.
    var snapshot: CounterSnapshot {
        let state = self.state.withLock { $0 }
        return CounterSnapshot(
            admitted: state.admitted,
            routes: state.routes.mapValues { CounterSnapshot.OfRoute(ends: $0.ends, traffic: $0.traffic) },
            withoutRoute: state.withoutRoute,
            refusals: state.refusals,
            limits: state.limits,
            connectTimes: state.connectTimes.mapValues(\.times),
            lastRefusals: state.lastRefusals.reversed()
        )
    }

    /// The bytes of each route so far, both ways.
    var bytes: [Route.ID: Int] {
        let routes = self.state.withLock { $0.routes }
        return routes.mapValues { $0.traffic.bytesIn + $0.traffic.bytesOut }
    }
}

extension RouterCounters.State {
    fileprivate mutating func counts(of route: Route.ID) -> RouteCounts {
        if let counts = self.routes[route] { return counts }
        let counts = RouteCounts()
        self.routes[route] = counts
        return counts
    }
}

/// The sessions of one route. A table of all stays the same while they are counted, so that its copy is not changed.
private final class RouteCounts: Sendable {
    let traffic = RouteTraffic()
    private let state = Mutex<[SessionEnd: Int]>([:])

    /// Sessions that are over, by how they ended.
    var ends: [SessionEnd: Int] { self.state.withLock { $0 } }

    func ended(_ end: SessionEnd) { self.state.withLock { $0[end, default: 0] += 1 } }
}

/// How long it took to connect to one backend.
private final class BackendConnectTimes: Sendable {
    private let state = Mutex(ConnectTimes())

    var times: ConnectTimes { self.state.withLock { $0 } }

    func add(_ time: Duration) { self.state.withLock { $0.add(time) } }
}

/// The byte counters of one route, updated by every event loop.
final class RouteTraffic: Sendable {
    private let client = Atomic(0)
    private let backend = Atomic(0)

    /// Bytes from clients so far.
    var bytesIn: Int { self.client.load(ordering: .relaxed) }
    /// Bytes from backends so far.
    var bytesOut: Int { self.backend.load(ordering: .relaxed) }

    /// Counts bytes sent by one side.
    func add(_ bytes: Int, from side: SessionSide) {
        switch side {
        case .client: self.client.wrappingAdd(bytes, ordering: .relaxed)
        case .backend: self.backend.wrappingAdd(bytes, ordering: .relaxed)
        }
    }
}
