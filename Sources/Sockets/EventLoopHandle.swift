import CLinux
import Glibc
import Synchronization

/// An ``EventLoop`` as other threads see it: an executor of tasks.
package final class EventLoopHandle: Sendable {
    /// Runs on the loop's thread.
    package typealias Task = @Sendable (EventLoop) -> Void

    /// Readable while tasks wait (eventfd(2)).
    let wakeDescriptor: CInt
    private let tasks = Mutex<[Task]>([])
    private let loadCount = Atomic(0)
    let turnMeter = TurnMeter()
    /// The loop's thread (pthread_self(3)), from its first moment on.
    private let thread = Atomic(pthread_t())
    // Written before the thread starts, and read by the thread alone.
    nonisolated(unsafe) private var loop: EventLoop?

    private init() throws(SystemCallError) {
        self.wakeDescriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard self.wakeDescriptor >= 0 else { throw .current("eventfd") }
    }

    deinit { close(self.wakeDescriptor) }

    /// The load that the loop's owner counts on it, in units of its choice.
    package var load: Int { self.loadCount.load(ordering: .relaxed) }

    package func addLoad(_ change: Int) { self.loadCount.wrappingAdd(change, ordering: .relaxed) }

    /// Returns the times of the turns since the last call. The first call turns measuring on, and has none.
    package func turnTimes() -> TurnTimes { self.turnMeter.report() }

    /// Starts a loop on a thread of its own, which runs as long as the process.
    ///
    /// - Throws: ``SystemCallError`` where no descriptor or thread is left.
    package static func start() throws(SystemCallError) -> EventLoopHandle {
        let handle = try EventLoopHandle()
        handle.loop = try EventLoop(handle)
        do throws(SystemCallError) {
            try SystemThread.start { handle.loop?.run() }
        } catch {
            // The two retain each other.
            handle.loop = nil
            throw error
        }
        return handle
    }

    /// Submits a task; tasks run in the order of submission, never before this call returns.
    package func execute(_ task: @escaping Task) {
        let isFirst = self.tasks.withLock { tasks in
            tasks.append(task)
            return tasks.count == 1
        }
        if isFirst { eventfd_write(self.wakeDescriptor, 1) }
    }

    /// Runs `body` on the loop and returns its result.
    package func run<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            self.execute { continuation.resume(returning: body($0)) }
        }
    }

    func recordThread() { self.thread.store(pthread_self(), ordering: .relaxed) }

    // Not inlined: the C library declares that pthread_self(3) never changes, which is not so across an `await`.
    @inline(never)
    private var isCurrent: Bool { self.thread.load(ordering: .relaxed) == pthread_self() }

    /// The loop, for code that is known to run on its thread; elsewhere a programming error that ends the process.
    package var assumedLoop: EventLoop {
        self.checkIsolated()
        guard let loop = self.loop else { preconditionFailure("the thread starts with the loop") }
        return loop
    }

    /// Returns the tasks submitted since the last call. Only on the loop.
    func takeTasks() -> [Task] {
        var count: eventfd_t = 0
        eventfd_read(self.wakeDescriptor, &count)
        return self.tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
    }
}

/// Lets an actor live on the loop: the loop's callbacks then enter the actor without a hop.
extension EventLoopHandle: SerialExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.execute { loop in job.runSynchronously(on: loop.handle.asUnownedSerialExecutor()) }
    }

    package func checkIsolated() { precondition(self.isCurrent, "not on the event loop") }

    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
}
