import Sockets

/// Health of one backend: the outcome of the last attempts to reach it, and whether the operator drains it.
///
/// ```text
///     ──a session failed, a check failed──▶
/// up                                        down
///     ◀──a session reached it and no check─┘
///        failed since, a check passed
/// ```
struct BackendHealth {
    /// Whether the operator wants no new sessions there.
    var isDraining = false
    private(set) var lastError: BackendStatus.LastError?
    /// Sessions in a row that did not reach it.
    private var failures = 0
    /// Until when it is tried last for the sake of ``failures``.
    private var pauseEnd = MonotonicTime.distantPast
    /// Whether the last active check failed.
    private var hasFailedCheck = false

    /// How long a backend is tried last after the first session that did not reach it.
    static let firstPause = Duration.seconds(2)
    /// And after many.
    static let longestPause = Duration.seconds(60)

    /// The effect of an event.
    enum Change: Hashable {
        case none, wentDown, cameUp
    }

    /// Whether the last attempt of a session or of a check failed.
    var isDown: Bool { self.failures > 0 || self.hasFailedCheck }

    var state: BackendStatus.State { self.isDraining ? .draining : self.isDown ? .down : .up }

    /// Whether a session tries the others first.
    func isTriedLast(at now: MonotonicTime) -> Bool { self.hasFailedCheck || self.pauseEnd > now }

    /// A session reached it.
    mutating func reached() -> Change {
        self.changing { health in
            health.failures = 0
            health.pauseEnd = .distantPast
        }
    }

    /// A session did not reach it: the pause doubles with each in a row.
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

    /// No check is made any more: the last one's verdict does not stand for ever.
    mutating func endedChecks() {
        self.hasFailedCheck = false
    }

    private mutating func changing(_ change: (inout BackendHealth) -> Void) -> Change {
        let wasDown = self.isDown
        change(&self)
        return wasDown == self.isDown ? .none : wasDown ? .cameUp : .wentDown
    }
}
