public import RouteConfig

/// The number of descriptors that a configuration's sessions need.
public struct DescriptorNeed: Sendable {
    /// The number; `nil` without a limit on sessions.
    public let wanted: Int?

    /// The client's connection, and concurrent connection attempts, one of which becomes the backend's.
    private static let descriptorsPerSession = 1 + BackendDialer.attemptLimit

    /// Listeners, sockets of the name service, the log and other files.
    private static let others = 64

    /// Computes the need of a configuration.
    public init(_ configuration: RouterConfiguration) {
        let sessions = configuration.sessions
        self.wanted = sessions.maxSessions.map { maxSessions in
            Self.descriptorsPerSession * maxSessions + (sessions.maxPending ?? 0) + Self.others
        }
    }
}
