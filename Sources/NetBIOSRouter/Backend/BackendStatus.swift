public import RouteConfig

/// A snapshot of one backend, as in `nbrouter status --json`.
public struct BackendStatus: Hashable, Sendable, Codable {
    public let backend: Backend
    public let state: State
    /// The number of its current sessions.
    public let sessions: Int
    /// The time to make the last connection, in milliseconds.
    @NullWhenAbsent public var connectMilliseconds: Double?
    /// The last failure, even if the backend is up again.
    @NullWhenAbsent public var lastError: LastError?
    /// Whether the last session or check could not reach it, even while it is ``State/draining``. Not in JSON.
    public private(set) var isDown = false

    /// Whether new sessions use the backend.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Reached by the last session or check, or not tried yet.
        case up
        /// Not reached by the last session or check: tried last.
        case down
        /// Drained by the operator: not tried.
        case draining
    }

    /// A failure to reach a backend.
    public struct LastError: Hashable, Sendable, Codable {
        /// The reason as in the log.
        public let reason: String
        /// RFC 3339, in UTC.
        public let time: String

        public init(reason: String, time: Timestamp) {
            self.reason = reason
            self.time = time.description
        }
    }

    public init(backend: Backend, state: State, isDown: Bool, sessions: Int, lastError: LastError?) {
        self.backend = backend
        self.state = state
        self.sessions = sessions
        self.connectMilliseconds = nil
        self.lastError = lastError
        self.isDown = isDown
    }

    private enum CodingKeys: String, CodingKey {
        case backend = "address"
        case state, sessions
        case connectMilliseconds = "connect_ms"
        case lastError = "last_error"
    }
}
