import CLinux
import Glibc
import Synchronization

/// The threads that run Swift's tasks, and their clock.
///
/// Replaces libdispatch, which makes threads on demand and ends them after five idle seconds: where none is to be had, it holds
/// up the thread that resumes a task, and where its clock finds no descriptor, it ends the process. Tasks must not block here
/// either: calls that may block run on a ``BlockingPool``.
// Measured on libdispatch, with the limit of threads reached while the router served: a reload and a GET of /metrics hung until
// there was a thread again. The runtime has no other way than this hook to replace its pool in Swift 6.3; SwiftNIO uses it too
// (PosixSingletons+ConcurrencyTakeOver.swift).
package final class TaskPool: TaskExecutor {
    private let threads: BlockingPool
    private let clock: EventLoopHandle

    private static let shared = AtomicLazyReference<TaskPool>()

    private init() throws(SystemCallError) {
        self.threads = try BlockingPool(threadCount: max(2, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        self.clock = try EventLoopHandle.start()
    }

    /// Makes the threads and runs every task on them from now on. Call once, before the first task.
    ///
    /// - Throws: ``SystemCallError`` where no descriptor or thread is left.
    package static func start() throws(SystemCallError) {
        _ = self.shared.storeIfNil(try TaskPool())
        nbr_take_jobs { job in
            // The runtime's pointer to a job is all that an UnownedJob holds.
            guard let job else { return }
            TaskPool.shared.load()?.enqueue(unsafeBitCast(job, to: UnownedJob.self))
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) { self.enqueue(UnownedJob(job)) }

    package func enqueue(_ job: UnownedJob) {
        self.threads.submit { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    // MARK: - Clock

    /// Suspends the task, for no longer than until it is cancelled.
    ///
    /// - Throws: `CancellationError`.
    package static func sleep(for duration: Duration) async throws {
        // Unit tests run on libdispatch.
        guard let clock = self.shared.load()?.clock else { return try await Task.sleep(for: duration) }
        let deadline = MonotonicTime.now() + duration
        let sleeper = LoopBound(Sleeper(), of: clock)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                clock.execute { loop in sleeper[loop].start(continuation, until: deadline, on: loop) }
            }
        } onCancel: {
            clock.execute { loop in sleeper[loop].end(on: loop) }
        }
        try Task.checkCancellation()
    }

    /// A task that sleeps. Confined to the clock's loop.
    private final class Sleeper {
        private var continuation: CheckedContinuation<Void, Never>?
        private var timer: LoopTimer?
        private var isOver = false

        func start(_ continuation: CheckedContinuation<Void, Never>, until deadline: MonotonicTime, on loop: EventLoop)
        {
            guard !self.isOver else { return continuation.resume() }
            self.continuation = continuation
            self.timer = loop.schedule(at: deadline) { self.end(on: loop) }
        }

        func end(on loop: EventLoop) {
            self.isOver = true
            loop.cancel(self.timer.take())
            self.continuation.take()?.resume()
        }
    }
}
