import Glibc
import Logging
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig

/// The limit of open files of the process (getrlimit(2), RLIMIT_NOFILE).
enum DescriptorLimit {
    /// Raises the soft limit to the hard one.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Warns where the limit is too low for those of a configuration.
    static func check(_ configuration: RouterConfiguration, logger: Logger) {
        guard let missing = DescriptorNeed(configuration).finding else { return }
        logger.warning(
            "open file limit is too low for max_sessions",
            metadata: Logger.Metadata([
                .setting: "sessions.max_sessions",
                .count: missing.allowed,
                .remedy: missing.remedy,
            ])
        )
    }
}
