import NetBIOS
import NetBIOSRouter

/// One session, as `nbrouter sessions --json` has it: the words of its log line as far as they are known, and its age.
public struct SessionReport: Hashable, Sendable, Codable {
    public var id: String
    /// The client's address and port.
    public var client: String
    public var calling: String
    public var called: String
    /// `nil` for the empty scope.
    public var scope: String?
    public var route: String?
    public var backend: String?
    public var bytesIn: Int
    public var bytesOut: Int
    public var dialect: String?
    /// Milliseconds since the connection was accepted.
    public var ageMilliseconds: Int64

    init(_ session: SessionSnapshot) {
        self.id = "\(session.id)"
        self.client = session.client
        self.calling = "\(session.calling)"
        self.called = "\(session.called.name)"
        self.scope = session.called.scope.isEmpty ? nil : "\(session.called.scope)"
        self.route = session.route?.name.text
        self.backend = session.backend.map { "\($0)" }
        self.bytesIn = session.bytesIn
        self.bytesOut = session.bytesOut
        self.dialect = session.dialect.map { "\($0)" }
        self.ageMilliseconds = Int64(session.age / .milliseconds(1))
    }

    private enum CodingKeys: String, CodingKey {
        case id, client, calling, called, scope, route, backend, dialect
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case ageMilliseconds = "age_ms"
    }
}

/// What is answered when a session was ended.
public struct CloseReport: Hashable, Sendable, Codable {
    /// The session's id.
    public var closed: String
}
