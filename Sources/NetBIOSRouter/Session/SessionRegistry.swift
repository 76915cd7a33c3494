import DequeModule
import NetBIOS
import RouteConfig
import Sockets
import Synchronization

/// The registry of all sessions, over all event loops: enforces limits, and finds sessions for the operator, reloads
/// and the stop.
final class SessionRegistry: Sendable {
    fileprivate struct Entry {
        let client: IPv4Address
        /// The loop whose ``SessionTable`` has the driver.
        let loop: SessionLoop
        /// `nil` while the session has no complete request.
        var route: Route.ID?
        var backend: Backend?

        var isPending: Bool { self.route == nil }
    }

    fileprivate struct State {
        var nextID: UInt32
        var entries: [SessionID: Entry] = [:]
        /// The maximum number of entries since memory was last returned to the system.
        var peak = 0
        /// Connections without a request.
        var pendingCount = 0
        /// The ids of connections without a request, oldest first, along with some that are no longer pending.
        var pendingInOrder: Deque<SessionID> = []
        var countByClient: [IPv4Address: Int] = [:]
        var countByRoute: [Route.ID: Int] = [:]
        var countByBackend: [Backend: Int] = [:]
        /// The generation of the routes in force.
        var generation = 1
        var waiters: [SessionEndWaiter] = []
    }

    private let state: Mutex<State>

    /// - Parameter firstID: The first session's id; random, so that ids of two runs seldom coincide.
    init(firstID: UInt32 = .random(in: .min ... .max)) {
        self.state = Mutex(State(nextID: firstID))
    }

    // MARK: - The life of a session

    /// Registers a connection that has sent nothing yet.
    ///
    /// If `max_pending` of them exist already, the oldest is displaced: legitimate clients send their request at once.
    ///
    /// - Returns: The id, and the client of the displaced connection.
    func open(
        from client: IPv4Address,
        on loop: SessionLoop,
        limits: SessionSettings
    ) -> (id: SessionID, displaced: IPv4Address?) {
        let (id, displaced) = self.state.withLock { state in
            var displaced: (SessionID, Entry)?
            if let limit = limits.maxPending, state.pendingCount >= limit { displaced = state.displaceOldestPending() }
            return (state.open(Entry(client: client, loop: loop)), displaced)
        }
        if let (id, entry) = displaced { entry.loop.close([id], with: .requestTimeout) }
        return (id, displaced?.1.client)
    }

    /// The outcome of ``admit(_:to:generation:limits:)``.
    enum Admission: Hashable {
        case admitted
        case limitReached(SessionLimit)
        /// The routes were replaced since the route was chosen: choose again.
        case stale
    }

    /// Admits a session to a route of the configuration with this generation, unless a limit is reached.
    func admit(_ id: SessionID, to route: Route, generation: Int, limits: SessionSettings) -> Admission {
        self.state.withLock { state in
            guard state.generation == generation else { return .stale }
            // Displaced while its request was read.
            guard let entry = state.entries[id], entry.isPending else { return .limitReached(.pending) }
            if let limit = limits.maxSessions, state.entries.count - state.pendingCount >= limit {
                return .limitReached(.sessions)
            }
            if let limit = limits.maxSessionsPerClient, state.countByClient[entry.client, default: 0] >= limit {
                return .limitReached(.sessionsOfClient)
            }
            if let limit = route.maxSessions, state.countByRoute[route.id, default: 0] >= limit {
                return .limitReached(.sessionsOfRoute)
            }
            state.entries[id]?.route = route.id
            state.pendingCount -= 1
            state.countByClient[entry.client, default: 0] += 1
            state.countByRoute[route.id, default: 0] += 1
            return .admitted
        }
    }

    /// Records the backend that took a session.
    func connected(_ id: SessionID, to backend: Backend) {
        self.state.withLock { state in
            guard state.entries[id] != nil else { return }
            state.entries[id]?.backend = backend
            state.countByBackend[backend, default: 0] += 1
        }
    }

    /// Removes a session that has ended.
    ///
    /// - Returns: Whether enough sessions have ended to return their memory to the system.
    @discardableResult
    func remove(_ id: SessionID) -> Bool {
        self.state.withLock { state in
            guard state.remove(id) != nil else { return false }
            let count = state.entries.count
            guard count <= state.peak / 2, state.peak - count >= FreedMemory.sessions else { return false }
            state.peak = count
            return true
        }
    }

    // MARK: - Reload and end

    /// Replaces the routes in force, and returns the current sessions of `routes`.
    ///
    /// A session that was routed by the old table cannot be admitted afterwards.
    func replaceRoutes(in live: LiveRoutes, with table: RouteTable, leaving routes: Set<Route.ID>) -> [SessionID] {
        self.state.withLock { state in
            state.generation = live.replace(with: table)
            guard !routes.isEmpty else { return [] }
            return state.entries.filter { $0.value.route.map(routes.contains) ?? false }.map(\.key)
        }
    }

    /// The sessions that ``close(_:with:)`` ends.
    enum Selection: Hashable {
        case all
        /// Connections without a route.
        case pending
        case these([SessionID])
    }

    /// Asks sessions to end; ``waitUntilEnded(_:for:)`` waits for their end.
    ///
    /// - Returns: The number of sessions that were asked.
    @discardableResult
    func close(_ selection: Selection, with end: SessionEnd) -> Int {
        let places = self.state.withLock { state -> [(SessionID, SessionLoop)] in
            switch selection {
            case .all: state.entries.map { ($0.key, $0.value.loop) }
            case .pending: state.entries.filter(\.value.isPending).map { ($0.key, $0.value.loop) }
            case .these(let ids): ids.compactMap { id in state.entries[id].map { (id, $0.loop) } }
            }
        }
        for (_, places) in Dictionary(grouping: places, by: { ObjectIdentifier($0.1) }) {
            places.first?.1.close(places.map(\.0), with: end)
        }
        return places.count
    }

    /// Waits until the sessions have ended, at most `limit`; `nil` waits for all, including sessions that start
    /// meanwhile.
    ///
    /// - Returns: Whether they have ended.
    @discardableResult
    func waitUntilEnded(_ ids: [SessionID]?, for limit: Duration) async -> Bool {
        let waiter = SessionEndWaiter()
        let timeout = Task {
            try await TaskPool.sleep(for: limit)
            self.state.withLock { state in state.waiters.removeAll { $0 === waiter } }
            waiter.resume()
        }
        await withCheckedContinuation { continuation in
            waiter.start(continuation)
            let isOver = self.state.withLock { state in
                let left = ids.map { ids in Set(ids.filter { state.entries[$0] != nil }) }
                guard !(left?.isEmpty ?? state.entries.isEmpty) else { return true }
                waiter.wait(for: left)
                state.waiters.append(waiter)
                return false
            }
            if isOver || limit <= .zero { waiter.resume() }
        }
        timeout.cancel()
        return self.state.withLock { state in
            state.waiters.removeAll { $0 === waiter }
            return ids.map { ids in ids.allSatisfy { state.entries[$0] == nil } } ?? state.entries.isEmpty
        }
    }

    // MARK: - Counts

    /// The number of sessions with a route, and of connections without one.
    var counts: (sessions: Int, pending: Int) {
        self.state.withLock { ($0.entries.count - $0.pendingCount, $0.pendingCount) }
    }

    /// The number of sessions with a route.
    var sessionCount: Int { self.counts.sessions }

    func sessionCount(of backend: Backend) -> Int { self.state.withLock { $0.countByBackend[backend] ?? 0 } }

    /// The number of sessions of each route that has any.
    var sessionCounts: [Route.ID: Int] { self.state.withLock { $0.countByRoute } }

    /// The ids of all sessions by loop.
    var idsByLoop: [(loop: SessionLoop, ids: [SessionID])] {
        let entries = self.state.withLock { $0.entries.map { ($0.key, $0.value.loop) } }
        return Dictionary(grouping: entries) { ObjectIdentifier($0.1) }.values.compactMap { entries in
            entries.first.map { ($0.1, entries.map(\.0)) }
        }
    }

    /// Sets the next session's id, for tests.
    func setNextID(_ id: UInt32) {
        self.state.withLock { $0.nextID = id }
    }

    /// The length of the queue of pending connections, for tests: it is bounded by their number.
    var pendingQueueLength: Int { self.state.withLock { $0.pendingInOrder.count } }
}

extension SessionRegistry.State {
    fileprivate mutating func open(_ entry: SessionRegistry.Entry) -> SessionID {
        var id = SessionID(rawValue: self.nextID)
        // Ids wrap around after 2^32 sessions, and a session may live as long.
        while self.entries[id] != nil { id = SessionID(rawValue: id.rawValue &+ 1) }
        self.nextID = id.rawValue &+ 1
        self.entries[id] = entry
        self.peak = max(self.peak, self.entries.count)
        self.pendingCount += 1
        self.pendingInOrder.append(id)
        // Most entries are soon no longer pending; they are removed when they are the majority.
        if self.pendingInOrder.count > 2 * self.pendingCount + 64 {
            let entries = self.entries
            self.pendingInOrder.removeAll { entries[$0]?.isPending != true }
        }
        return id
    }

    fileprivate mutating func remove(_ id: SessionID) -> SessionRegistry.Entry? {
        guard let entry = self.entries.removeValue(forKey: id) else { return nil }
        if let route = entry.route {
            self.countByClient.decrement(entry.client)
            self.countByRoute.decrement(route)
        } else {
            self.pendingCount -= 1
        }
        if let backend = entry.backend { self.countByBackend.decrement(backend) }
        let isLast = self.entries.isEmpty
        self.waiters.removeAll { waiter in
            guard waiter.ended(id, isLast: isLast) else { return false }
            waiter.resume()
            return true
        }
        return entry
    }

    fileprivate mutating func displaceOldestPending() -> (SessionID, SessionRegistry.Entry)? {
        while let id = self.pendingInOrder.popFirst() {
            guard self.entries[id]?.isPending == true, let entry = self.remove(id) else { continue }
            return (id, entry)
        }
        return nil
    }
}

extension Dictionary where Value == Int {
    /// Decrements a count, and removes it at zero.
    fileprivate mutating func decrement(_ key: Key) {
        guard let count = self[key] else { return }
        self[key] = count > 1 ? count - 1 : nil
    }
}
