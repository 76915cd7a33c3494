import Sockets
public import NetBIOS
public import RouteConfig

/// One session at one moment: a line of `nbrouter sessions`.
public struct SessionSnapshot: Hashable, Sendable {
    public var id: SessionID
    /// The client's address and port.
    public var client: String
    public var calling: NetBIOSName
    public var called: QualifiedName
    /// The route that was found; `nil` for a call that is being refused.
    public var route: Route.ID?
    /// The backend that took it; `nil` while one is looked for.
    public var backend: Backend?
    /// Bytes from the client so far.
    public var bytesIn: Int
    /// Bytes from the backend so far.
    public var bytesOut: Int
    /// The SMB dialect that the backend chose; `nil` while that is not known.
    public var dialect: SMBDialect?
    /// Since the connection was accepted.
    public var age: Duration

    /// What is known of a session; `nil` for a connection that has not sent its request yet.
    init?(_ record: SessionRecord, now: MonotonicTime) {
        guard let request = record.request else { return nil }
        self.id = record.id
        self.client = record.client.description
        self.calling = request.calling.name
        self.called = request.called
        self.route = record.route?.id
        self.backend = record.backend
        self.bytesIn = record.bytesIn
        self.bytesOut = record.bytesOut
        self.dialect = record.dialect
        self.age = now - record.accepted
    }
}

extension SessionSnapshot {
    /// Collects the snapshots of all sessions, a few at a time, so that no loop is held up.
    static func all(of registry: SessionRegistry) async -> [SessionSnapshot] {
        var snapshots: [SessionSnapshot] = []
        for (sessionLoop, ids) in registry.idsByLoop {
            for start in stride(from: 0, to: ids.count, by: self.step) {
                let part = ids[start..<min(start + self.step, ids.count)]
                snapshots += await sessionLoop.handle.run { loop in
                    let sessions = sessionLoop.sessions(loop)
                    return part.compactMap { id in
                        sessions[id].flatMap { SessionSnapshot($0.facts, now: loop.now) }
                    }
                }
            }
        }
        return snapshots.sorted { ($1.age, $0.id.description) < ($0.age, $1.id.description) }
    }

    /// Sessions that are read in one turn of an event loop.
    private static let step = 200
}
