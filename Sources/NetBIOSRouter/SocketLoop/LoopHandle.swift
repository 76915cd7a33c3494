import CLinux
import Glibc
import NIOCore
import Synchronization

/// A ``SocketLoop`` as other threads see it: something that does tasks.
final class LoopHandle: Sendable {
    /// What is done on the loop's thread.
    typealias Task = @Sendable (SocketLoop) -> Void

    /// Readable when there are tasks (eventfd(2)).
    let wakeDescriptor: CInt
    private let tasks = Mutex<[Task]>([])
    private let sessionCount = Atomic(0)
    /// The thread of the loop (pthread_self(3)), from its first moment on.
    private let thread = Atomic(pthread_t())
    // Written before the thread is started, and read by the thread alone.
    nonisolated(unsafe) private var loop: SocketLoop?

    private init() throws {
        self.wakeDescriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard self.wakeDescriptor >= 0 else { throw IOError(errnoCode: errno, reason: "eventfd") }
    }

    deinit { close(self.wakeDescriptor) }

    /// Sessions of the loop, those that were handed to it and are not there yet included.
    var sessions: Int { self.sessionCount.load(ordering: .relaxed) }

    /// One more session, or with -1 one less.
    func count(_ change: Int) { self.sessionCount.wrappingAdd(change, ordering: .relaxed) }

    /// Starts a loop on a thread of its own, which runs for as long as the process.
    ///
    /// - Throws: `IOError` where there is no descriptor or thread to be had.
    static func start() throws -> LoopHandle {
        let handle = try LoopHandle()
        let newLoop = try SocketLoop(handle)
        handle.loop = newLoop
        let loop = Unmanaged.passRetained(newLoop)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { loop in
                if let loop { Unmanaged<SocketLoop>.fromOpaque(loop).takeRetainedValue().run() }
                return nil
            },
            loop.toOpaque()
        )
        guard status == 0 else {
            loop.release()
            handle.loop = nil
            throw IOError(errnoCode: status, reason: "pthread_create")
        }
        pthread_detach(thread)
        return handle
    }

    /// Has a task done, after those that were given before.
    func execute(_ task: @escaping Task) {
        let isFirst = self.tasks.withLock { tasks in
            tasks.append(task)
            return tasks.count == 1
        }
        if isFirst { eventfd_write(self.wakeDescriptor, 1) }
    }

    /// Does something on the loop and waits for what comes of it.
    func run<Result: Sendable>(_ body: @escaping @Sendable (SocketLoop) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            self.execute { continuation.resume(returning: body($0)) }
        }
    }

    /// Notes the thread that the loop runs on.
    func noteThread() { self.thread.store(pthread_self(), ordering: .relaxed) }

    /// Whether this is the loop's thread.
    // Not inlined: the C library declares that pthread_self(3) never changes, which is not so across an `await`.
    @inline(never)
    private var isCurrent: Bool { self.thread.load(ordering: .relaxed) == pthread_self() }

    /// The loop, for what is known to be on its thread: for anything else a programming error that ends the process.
    var assumedLoop: SocketLoop {
        self.checkIsolated()
        guard let loop = self.loop else { preconditionFailure("the thread is started with it") }
        return loop
    }

    /// All tasks that were given since the last time. On the loop.
    func takeTasks() -> [Task] {
        var count: eventfd_t = 0
        eventfd_read(self.wakeDescriptor, &count)
        return self.tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
    }
}

/// An actor may live on the loop: then what the loop calls may call the actor without a hop.
extension LoopHandle: SerialExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.execute { loop in job.runSynchronously(on: loop.handle.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { precondition(self.isCurrent, "not on the event loop") }

    func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
}
