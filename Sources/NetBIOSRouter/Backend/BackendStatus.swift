public import RouteConfig

/// What an operator may know of one backend at one moment.
public struct BackendStatus: Hashable, Sendable {
    public let backend: Backend
    public let state: State
    /// Whether the last session or check that tried it did not reach it, also while it is ``State/draining``.
    public let isDown: Bool
    /// Sessions that it has now.
    public let sessions: Int
    /// Why it was not reached the last time that it was not, though it may be up again; `nil` where it always was.
    public let lastError: LastError?

    /// Whether new sessions go there.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Reached by the last session or check that tried it, or not tried yet.
        case up
        /// Not reached by the last session or check that tried it: tried after the others.
        case down
        /// Taken out by the operator: not tried at all.
        case draining
    }

    /// A backend that was not reached.
    public struct LastError: Hashable, Sendable {
        /// In the words of the log.
        public let reason: String
        public let time: Timestamp

        public init(reason: String, time: Timestamp) {
            self.reason = reason
            self.time = time
        }
    }

    public init(backend: Backend, state: State, isDown: Bool, sessions: Int, lastError: LastError?) {
        self.backend = backend
        self.state = state
        self.isDown = isDown
        self.sessions = sessions
        self.lastError = lastError
    }
}
