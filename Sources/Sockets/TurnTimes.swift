import Glibc
import Synchronization

/// The longest turns of an ``EventLoop`` since the last report.
///
/// Work is processor time of the loop's thread, which a busy machine does not lengthen. A turn that waits for something else
/// than its sockets, such as a lock or a file, has given the processor up meanwhile.
package struct TurnTimes: Hashable, Sendable {
    /// No turn may work, or wait, longer.
    package static let limit = Duration.milliseconds(10)

    package private(set) var count = 0
    /// The longest time from the end of one epoll_wait(2) to the beginning of the next.
    package private(set) var longest = Duration.zero
    /// The most processor time of a turn.
    package private(set) var longestWork = Duration.zero
    /// Turns with more work than ``limit``.
    package private(set) var longCount = 0
    /// Turns longer than ``limit`` with less work, during which the thread slept.
    package private(set) var blockedCount = 0

    package init() {}

    /// Adds a turn.
    ///
    /// - Parameters:
    ///   - time: Its whole time.
    ///   - work: Its processor time.
    ///   - hasSlept: Whether the thread gave the processor up.
    package mutating func add(_ time: Duration, work: Duration, hasSlept: Bool) {
        self.count += 1
        self.longest = max(self.longest, time)
        self.longestWork = max(self.longestWork, work)
        if work > Self.limit {
            self.longCount += 1
        } else if time > Self.limit, hasSlept {
            self.blockedCount += 1
        }
    }
}

/// Measures the turns of one ``EventLoop`` from the first report on; until then a turn costs two loads.
final class TurnMeter: Sendable {
    private let isOn = Atomic(false)
    private let times = Mutex(TurnTimes())

    /// Returns the turns that ended since the last call, and measures those that begin from now on.
    func report() -> TurnTimes {
        self.isOn.store(true, ordering: .relaxed)
        return self.times.withLock { times in
            defer { times = TurnTimes() }
            return times
        }
    }

    /// Returns the beginning of a turn; `nil` while turns are not measured. On the loop's thread.
    func begin() -> Reading? { self.isOn.load(ordering: .relaxed) ? Reading() : nil }

    /// Ends a turn.
    func end(_ start: Reading?) {
        guard let start else { return }
        let end = Reading()
        self.times.withLock { times in
            times.add(
                end.time - start.time,
                work: .nanoseconds(end.work - start.work),
                hasSlept: end.sleepCount > start.sleepCount
            )
        }
    }

    /// The clocks of the calling thread.
    struct Reading {
        let time = MonotonicTime.now()
        /// Nanoseconds of CLOCK_THREAD_CPUTIME_ID (clock_gettime(2)).
        let work: Int64
        /// Voluntary context switches (getrusage(2), RUSAGE_THREAD).
        let sleepCount: Int

        init() {
            var work = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &work)
            self.work = Int64(work.tv_sec) * 1_000_000_000 + Int64(work.tv_nsec)
            var usage = rusage()
            getrusage(Self.thread, &usage)
            self.sleepCount = usage.ru_nvcsw
        }

        /// RUSAGE_THREAD, which sys/resource.h has for _GNU_SOURCE alone.
        private static let thread = __rusage_who_t(1)
    }
}
