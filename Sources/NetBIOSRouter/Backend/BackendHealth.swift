import Sockets

/// The health of one backend: the results of the last attempts to reach it, and whether it is draining.
///
/// ```text
///     ──a session failed, a check failed──▶
/// up                                        down
///     ◀──a session reached it and no check─┘
///        failed since, a check passed
/// ```
struct BackendHealth {
    /// Whether the operator drains the backend.
    var isDraining = false
    private(set) var lastError: BackendStatus.LastError?
    /// Consecutive sessions that could not reach the backend.
    private var failures = 0
    /// The end of the backoff, until which the backend is tried last.
    private var pauseEnd = MonotonicTime.distantPast
    /// Whether the last active check failed.
    private var hasFailedCheck = false

    /// The backoff after the first failed session.
    static let firstPause = Duration.seconds(2)
    /// The maximum backoff.
    static let longestPause = Duration.seconds(60)

    /// The effect of an event.
    enum Change: Hashable {
        case none, wentDown, cameUp
    }

    /// Whether the last attempt of a session or a check failed.
    var isDown: Bool { self.failures > 0 || self.hasFailedCheck }

    var state: BackendStatus.State { self.isDraining ? .draining : self.isDown ? .down : .up }

    /// Whether sessions try the other backends first.
    func isTriedLast(at now: MonotonicTime) -> Bool { self.hasFailedCheck || self.pauseEnd > now }

    /// A session reached it.
    mutating func reached() -> Change {
        self.changing { health in
            health.failures = 0
            health.pauseEnd = .distantPast
        }
    }

    /// A session could not reach the backend: the backoff doubles with each consecutive failure.
    mutating func failed(_ error: BackendStatus.LastError, now: MonotonicTime) -> Change {
        self.changing { health in
            let doublings = min(health.failures, 5)
            health.failures += 1
            health.pauseEnd = now + min(Self.firstPause * (1 << doublings), Self.longestPause)
            health.lastError = error
        }
    }

    /// An active check passed.
    mutating func passedCheck() -> Change {
        self.changing { health in
            health.hasFailedCheck = false
            health.failures = 0
            health.pauseEnd = .distantPast
        }
    }

    /// An active check failed.
    mutating func failedCheck(_ error: BackendStatus.LastError) -> Change {
        self.changing { health in
            health.hasFailedCheck = true
            health.lastError = error
        }
    }

    /// Checks have stopped, so the last result expires.
    mutating func endedChecks() {
        self.hasFailedCheck = false
    }

    private mutating func changing(_ change: (inout BackendHealth) -> Void) -> Change {
        let wasDown = self.isDown
        change(&self)
        return wasDown == self.isDown ? .none : wasDown ? .cameUp : .wentDown
    }
}
