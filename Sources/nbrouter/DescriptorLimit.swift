import Glibc
import Logging
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig

/// The limit of open files of this process (getrlimit(2), RLIMIT_NOFILE).
enum DescriptorLimit {
    /// Raises the soft limit to the hard one, and warns where that is too low for the configuration's limits.
    static func raise(for configuration: RouterConfiguration, logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            let missing = DescriptorNeed(configuration).finding
        else { return }
        logger.warning(
            "fewer open files are allowed than max_sessions needs",
            metadata: Logger.Metadata([
                .setting: "sessions.max_sessions",
                .count: missing.allowed,
                .remedy: missing.remedy,
            ])
        )
    }
}
