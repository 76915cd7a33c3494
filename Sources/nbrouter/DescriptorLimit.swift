import Glibc
import Logging
import NetBIOSRouter
import RouteConfig

/// The limit of open files of this process (getrlimit(2), RLIMIT_NOFILE).
enum DescriptorLimit {
    /// A session has two: the client's connection and the backend's.
    private static let descriptorsPerSession = 2

    /// Listeners, sockets of the name service, the log and what else is open.
    private static let others = 64

    /// Raises the soft limit to the hard one, and warns where that is too low for the configuration's limits.
    static func raise(for configuration: RouterConfiguration, logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let sessions = configuration.sessions
        guard let maxSessions = sessions.maxSessions else { return }
        let wanted = self.descriptorsPerSession * maxSessions + (sessions.maxPending ?? 0) + self.others
        guard limit.rlim_max < UInt64(wanted) else { return }
        logger.warning(
            "fewer open files are allowed than max_sessions needs",
            metadata: Logger.Metadata([
                .setting: "sessions.max_sessions",
                .count: limit.rlim_max,
                .remedy:
                    "raise the hard limit to \(wanted) (LimitNOFILE= of systemd, ulimit -Hn), or lower max_sessions",
            ])
        )
    }
}
