import DequeModule
import NetBIOS
public import RouteConfig
import Synchronization

/// Tells sessions apart in the log and on the control socket: eight hexadecimal digits, counted up from a random start.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    /// The session that a log line or `nbrouter sessions` names so; `nil` for anything but eight hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 8, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16) else {
            return nil
        }
        self.init(rawValue: value)
    }

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public var description: String {
        let digits = String(self.rawValue, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// The socket of a session's client, and its event loop.
struct SessionPlace: Sendable {
    let handle: LoopHandle
    let socket: SocketID

    /// Ends the session, in a moment, if it is still there.
    func end(with end: SessionEnd) {
        self.handle.execute { loop in
            (loop.handler(of: self.socket) as? any SessionHolder)?.end(with: end)
        }
    }
}

/// Who is connected, over all event loops: what limits count and what a reload or a stop ends.
public final class SessionLedger: Sendable {
    /// Why a session may not begin.
    public enum Limit: Hashable, Sendable, CaseIterable {
        case pending, sessions, sessionsOfClient, sessionsOfRoute
    }

    fileprivate struct Entry {
        let client: IPv4Address
        /// `nil` while the session has no complete request.
        var route: Route.ID?
        var backend: Backend?
        /// The client's socket, whose handler knows more of the session.
        let place: SessionPlace?
        /// Ends the session, from any thread.
        let end: @Sendable (SessionEnd) -> Void

        var isPending: Bool { self.route == nil }
    }

    fileprivate struct State {
        var nextID = UInt32.random(in: .min ... .max)
        var entries: [SessionID: Entry] = [:]
        /// The most entries since memory was last given back.
        var peak = 0
        /// Connections without a request.
        var pending = 0
        /// Their marks, the oldest in front; among them some that are no longer pending.
        var pendingInOrder: Deque<SessionID> = []
        var byClient: [IPv4Address: Int] = [:]
        var byRoute: [Route.ID: Int] = [:]
        var byBackend: [Backend: Int] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// Sessions that have a route, and connections that have none yet.
    public var count: Int { self.state.withLock { $0.entries.count } }

    /// Sessions that have a route.
    public var sessionCount: Int { self.state.withLock { $0.entries.count - $0.pending } }

    /// Sessions that have a route and connections that have none yet, at one moment.
    var counts: (sessions: Int, pending: Int) {
        self.state.withLock { ($0.entries.count - $0.pending, $0.pending) }
    }

    /// Marks that are kept for the order of connections without a request: some more than there are of those.
    var rememberedOrder: Int { self.state.withLock { $0.pendingInOrder.count } }

    /// Sessions of a backend.
    public func sessionCount(of backend: Backend) -> Int {
        self.state.withLock { $0.byBackend[backend] ?? 0 }
    }

    /// Sessions of each route that has any.
    var sessionCounts: [Route.ID: Int] { self.state.withLock { $0.byRoute } }

    /// Where all clients are.
    var places: [SessionPlace] { self.state.withLock { $0.entries.values.compactMap(\.place) } }

    /// Whether a session is there.
    func contains(_ id: SessionID) -> Bool { self.state.withLock { $0.entries[id] != nil } }

    /// Asks one session to end.
    ///
    /// - Returns: Whether it is there.
    func end(_ id: SessionID, with end: SessionEnd) -> Bool {
        guard let entry = self.state.withLock({ $0.entries[id] }) else { return false }
        entry.end(end)
        return true
    }

    /// Enters a connection that has sent nothing yet.
    ///
    /// Where there are `max_pending` of them already, the oldest gives way: one that means to call does so at once.
    ///
    /// - Returns: The connection's mark, and the client whose connection gave way.
    func open(
        from client: IPv4Address,
        limits: SessionSettings,
        at place: SessionPlace? = nil,
        end: @escaping @Sendable (SessionEnd) -> Void
    ) -> (id: SessionID, displaced: IPv4Address?) {
        let (id, displaced) = self.state.withLock { state in
            var displaced: Entry?
            if let limit = limits.maxPending, state.pending >= limit { displaced = state.removeOldestPending() }
            return (state.open(Entry(client: client, place: place, end: end)), displaced)
        }
        displaced?.end(.requestTimeout)
        return (id, displaced?.client)
    }

    /// Gives a connection its route, if no limit stands against it.
    func admit(_ id: SessionID, to route: Route, limits: SessionSettings) throws(LimitReached) {
        try self.state.withLock { state throws(LimitReached) in
            // It gave way to another while its request was read.
            guard let entry = state.entries[id] else { throw LimitReached(limit: .pending) }
            guard entry.route == nil else { return }
            if let limit = limits.maxSessions, state.entries.count - state.pending >= limit {
                throw LimitReached(limit: .sessions)
            }
            if let limit = limits.maxSessionsPerClient, state.byClient[entry.client, default: 0] >= limit {
                throw LimitReached(limit: .sessionsOfClient)
            }
            if let limit = route.maxSessions, state.byRoute[route.id, default: 0] >= limit {
                throw LimitReached(limit: .sessionsOfRoute)
            }
            state.entries[id]?.route = route.id
            state.pending -= 1
            state.byClient[entry.client, default: 0] += 1
            state.byRoute[route.id, default: 0] += 1
        }
    }

    /// Notes the backend that took the session.
    func connected(_ id: SessionID, to backend: Backend) {
        self.state.withLock { state in
            guard state.entries[id] != nil else { return }
            state.entries[id]?.backend = backend
            state.byBackend[backend, default: 0] += 1
        }
    }

    /// Strikes a session out. Once is enough; more does no harm.
    ///
    /// - Returns: Whether so many are gone since the last time that their memory is worth giving back.
    @discardableResult
    func close(_ id: SessionID) -> Bool {
        self.state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: id) else { return false }
            if let route = entry.route {
                state.byClient.decrement(entry.client)
                state.byRoute.decrement(route)
            } else {
                state.pending -= 1
            }
            if let backend = entry.backend { state.byBackend.decrement(backend) }
            let count = state.entries.count
            guard count <= state.peak / 2, state.peak - count >= FreedMemory.sessions else { return false }
            state.peak = count
            return true
        }
    }

    /// Does `change`, and says which sessions of these routes were there before it.
    ///
    /// No session gets its route meanwhile: one that begins behind the change is not among them.
    func sessions(of routes: Set<Route.ID>, before change: () -> Void) -> [SessionID] {
        self.state.withLock { state in
            defer { change() }
            guard !routes.isEmpty else { return [] }
            return state.entries.filter { $0.value.route.map(routes.contains) ?? false }.map(\.key)
        }
    }

    /// Asks these sessions to end.
    func end(_ sessions: [SessionID], with end: SessionEnd) {
        for id in sessions { _ = self.end(id, with: end) }
    }

    /// Asks every connection that has no route to end.
    func endPending(with end: SessionEnd) {
        for entry in self.entries(where: { $0.route == nil }) { entry.end(end) }
    }

    /// Asks every session and every connection to end.
    func endAll(with end: SessionEnd) {
        for entry in self.entries(where: { _ in true }) { entry.end(end) }
    }

    /// Waits until none of these sessions is left, or none at all, but no longer than `limit`.
    func waitUntilEnded(_ sessions: [SessionID]?, for limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let isOver = self.state.withLock { state in
                guard let sessions else { return state.entries.isEmpty }
                return sessions.allSatisfy { state.entries[$0] == nil }
            }
            guard !isOver else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func entries(where isWanted: @Sendable (Entry) -> Bool) -> [Entry] {
        self.state.withLock { $0.entries.values.filter(isWanted) }
    }
}

extension SessionLedger.State {
    fileprivate mutating func open(_ entry: SessionLedger.Entry) -> SessionID {
        let id = SessionID(rawValue: self.nextID)
        self.nextID &+= 1
        self.entries[id] = entry
        self.peak = max(self.peak, self.entries.count)
        self.pending += 1
        self.pendingInOrder.append(id)
        // Most have become sessions, or gone, soon after: they are swept out when they are the greater part.
        if self.pendingInOrder.count > 2 * self.pending + 64 {
            let entries = self.entries
            self.pendingInOrder.removeAll { entries[$0]?.isPending != true }
        }
        return id
    }

    fileprivate mutating func removeOldestPending() -> SessionLedger.Entry? {
        while let id = self.pendingInOrder.popFirst() {
            guard self.entries[id]?.isPending == true else { continue }
            self.pending -= 1
            return self.entries.removeValue(forKey: id)
        }
        return nil
    }
}

/// A limit of routes.yaml stands against a session.
struct LimitReached: Error, Hashable {
    let limit: SessionLedger.Limit
}

extension Dictionary where Value == Int {
    /// Counts down, and forgets what has come to nothing.
    fileprivate mutating func decrement(_ key: Key) {
        guard let count = self[key] else { return }
        self[key] = count > 1 ? count - 1 : nil
    }
}
