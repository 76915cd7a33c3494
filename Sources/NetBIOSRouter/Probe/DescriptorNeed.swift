import Glibc
public import RouteConfig

/// How many descriptors a configuration's sessions need, against the limit of this process (getrlimit(2), RLIMIT_NOFILE).
public struct DescriptorNeed: Sendable {
    /// Two for each session, one for each connection that has not called yet, and some; `nil` without a limit on sessions.
    public let wanted: Int?

    /// A session has two: the client's connection and the backend's.
    private static let descriptorsPerSession = 2

    /// Listeners, sockets of the name service, the log and what else is open.
    private static let others = 64

    /// The need of a configuration.
    public init(_ configuration: RouterConfiguration) {
        let sessions = configuration.sessions
        self.wanted = sessions.maxSessions.map { maxSessions in
            Self.descriptorsPerSession * maxSessions + (sessions.maxPending ?? 0) + Self.others
        }
    }

    /// What is missing under the hard limit, which is as far as the router raises its own.
    public var finding: ProbeReport.DescriptorFinding? {
        var limit = rlimit()
        guard let wanted, getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_max < UInt64(wanted)
        else { return nil }
        return ProbeReport.DescriptorFinding(allowed: Int(limit.rlim_max), wanted: wanted)
    }
}
