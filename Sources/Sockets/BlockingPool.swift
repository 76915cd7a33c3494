import DequeModule
import Glibc

/// Threads for calls that block, such as getaddrinfo(3). Jobs beyond the number of threads wait in order.
///
/// The threads exist from the start: a job never fails for want of one. They run as long as the process.
// Unchecked: the queue is read and written under the mutex alone; a condition variable has no counterpart in Synchronization.
package final class BlockingPool: @unchecked Sendable {
    private var jobs: Deque<@Sendable () -> Void> = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasJobs = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// - Parameter threadCount: The number of jobs that run at a time.
    /// - Throws: ``SystemCallError`` where a thread cannot be made.
    package init(threadCount: Int) throws(SystemCallError) {
        pthread_mutex_init(self.mutex, nil)
        pthread_cond_init(self.hasJobs, nil)
        for _ in 0..<threadCount { try SystemThread.start { self.run() } }
    }

    /// Runs `job` on one of the threads.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(self.mutex)
        self.jobs.append(job)
        pthread_cond_signal(self.hasJobs)
        pthread_mutex_unlock(self.mutex)
    }

    /// Runs `body` on one of the threads and returns its result.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            self.submit { continuation.resume(returning: body()) }
        }
    }

    private func run() -> Never {
        while true { self.next()() }
    }

    private func next() -> @Sendable () -> Void {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while true {
            if let job = self.jobs.popFirst() { return job }
            pthread_cond_wait(self.hasJobs, self.mutex)
        }
    }
}
