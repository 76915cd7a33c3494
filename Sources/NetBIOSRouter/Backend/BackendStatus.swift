public import RouteConfig

/// One backend at one moment, as in `nbrouter status --json`.
public struct BackendStatus: Hashable, Sendable, Codable {
    public let backend: Backend
    public let state: State
    /// Sessions that it has now.
    public let sessions: Int
    /// Milliseconds that the last connection took to be made.
    @NullWhenAbsent public var connectMilliseconds: Double?
    /// The last failure to reach it, though it may be up again.
    @NullWhenAbsent public var lastError: LastError?
    /// Whether the last session or check that tried it did not reach it, also while it is ``State/draining``. Not in JSON.
    public private(set) var isDown = false

    /// Whether new sessions go there.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Reached by the last session or check that tried it, or not tried yet.
        case up
        /// Not reached by the last session or check that tried it: tried after the others.
        case down
        /// Taken out by the operator: not tried at all.
        case draining
    }

    /// A backend that was not reached.
    public struct LastError: Hashable, Sendable, Codable {
        /// In the words of the log.
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
