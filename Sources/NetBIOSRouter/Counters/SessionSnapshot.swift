import Sockets
import NetBIOS
public import RouteConfig

/// A snapshot of one session, as in `nbrouter sessions --json`: the keys of its log line as far as they are known.
public struct SessionSnapshot: Hashable, Sendable, Codable {
    public var id: String
    /// The client's address and port.
    public var client: String
    public var calling: String
    public var called: String
    /// `nil` for the empty scope.
    public var scope: String?
    /// The route; `nil` while a call is being refused.
    public var route: String?
    /// The backend; `nil` while none is connected.
    public var backend: Backend?
    /// Bytes from the client so far.
    public var bytesIn: Int
    /// Bytes from the backend so far.
    public var bytesOut: Int
    /// The SMB dialect that the backend chose; `nil` if not yet known.
    public var dialect: String?
    /// Milliseconds since the connection was accepted.
    public var ageMilliseconds: Int64

    /// Makes the snapshot; `nil` for a connection without a complete request.
    init?(_ record: SessionRecord, now: MonotonicTime) {
        guard let request = record.request else { return nil }
        self.id = "\(record.id)"
        self.client = record.client.description
        self.calling = "\(request.calling.name)"
        self.called = "\(request.called.name)"
        self.scope = request.called.scope.isEmpty ? nil : "\(request.called.scope)"
        self.route = record.route?.id.name.text
        self.backend = record.backend
        self.bytesIn = record.bytesIn
        self.bytesOut = record.bytesOut
        self.dialect = record.dialect.map { "\($0)" }
        self.ageMilliseconds = (now - record.accepted).milliseconds
    }

    private enum CodingKeys: String, CodingKey {
        case id, client, calling, called, scope, route, backend, dialect
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case ageMilliseconds = "age_ms"
    }
}

extension SessionSnapshot {
    /// Collects the snapshots of all sessions in small steps, so that no loop is delayed.
    static func all(of registry: SessionRegistry) async -> [SessionSnapshot] {
        var snapshots: [SessionSnapshot] = []
        for (sessionLoop, ids) in registry.idsByLoop {
            for start in stride(from: 0, to: ids.count, by: self.step) {
                let part = ids[start..<min(start + self.step, ids.count)]
                snapshots += await sessionLoop.handle.run { loop in
                    let sessions = sessionLoop.sessions(loop)
                    return part.compactMap { id in
                        sessions[id].flatMap { SessionSnapshot($0.currentRecord, now: loop.now) }
                    }
                }
            }
        }
        return snapshots.sorted { ($1.ageMilliseconds, $0.id) < ($0.ageMilliseconds, $1.id) }
    }

    /// The number of sessions read in one turn of an event loop.
    private static let step = 200
}
