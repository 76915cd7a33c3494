import NetBIOS
import RouteConfig
import Sockets

/// The facts of one session, for its log line and snapshot.
struct SessionRecord {
    let id: SessionID
    let client: ClientAddress
    let accepted: MonotonicTime
    var request: SessionRequest?
    /// The time when the session request was complete.
    var requested: MonotonicTime?
    var route: Route?
    var backend: Backend?
    var attempts = 0
    /// The time when the backend was connected.
    var connected: MonotonicTime?
    /// Bytes from the client after the session request, keep-alives included.
    var bytesIn = 0
    /// Bytes from the backend.
    var bytesOut = 0
    /// The SMB dialect that the backend chose, once it has.
    var dialect: SMBDialect?
    /// Whether the client speaks only SMB 1 and the backend refused it.
    var isSMB1Refused = false
    /// Set when the session ends.
    var end: SessionEnd?

    init(id: SessionID, client: ClientAddress, accepted: MonotonicTime = .now()) {
        self.id = id
        self.client = client
        self.accepted = accepted
    }

    /// Whether the session is logged; a port scan is not.
    var isWorthALine: Bool { self.request != nil || self.end != .client }

    private var connectMilliseconds: Int64? {
        guard let requested, let connected else { return nil }
        return (connected - requested).milliseconds
    }

    /// The facts of the log line.
    var facts: LogFacts {
        var facts = LogFacts([:])
        facts.append(.id, self.id.description)
        facts.append(.client, self.client.description)
        facts.append(.calling, self.request?.calling.name.description)
        facts.append(.called, self.request?.called.name.description)
        if let scope = self.request?.called.scope, !scope.isEmpty { facts.append(.scope, scope.description) }
        facts.append(.route, self.route?.name.text)
        facts.append(.backend, self.backend?.description)
        facts.append(.attempts, self.attempts.description)
        facts.append(.requestMilliseconds, self.requested.map { ($0 - self.accepted).milliseconds.description })
        facts.append(.connectMilliseconds, self.connectMilliseconds?.description)
        facts.append(.durationMilliseconds, (MonotonicTime.now() - self.accepted).milliseconds.description)
        facts.append(.bytesIn, self.bytesIn.description)
        facts.append(.bytesOut, self.bytesOut.description)
        facts.append(.dialect, self.dialect?.description)
        facts.append(.end, (self.end ?? .error).description)
        return facts
    }
}
