/// A limit on connections and sessions.
public enum SessionLimit: Hashable, Sendable, CaseIterable {
    case pending, sessions, sessionsOfClient, sessionsOfRoute

    /// The key of routes.yaml that sets the limit.
    public var setting: String {
        switch self {
        case .pending: "sessions.max_pending"
        case .sessions: "sessions.max_sessions"
        case .sessionsOfClient: "sessions.max_sessions_per_client"
        case .sessionsOfRoute: "routes.max_sessions"
        }
    }
}
