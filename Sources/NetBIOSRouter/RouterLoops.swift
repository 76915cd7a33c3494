package import Sockets

/// The threads of a router: its event loops and the pools for calls that block. They exist before the router serves.
public final class RouterLoops: Sendable {
    /// The loops of sessions and health checks.
    let sessions: SessionLoops
    /// The loop of the name service.
    let names: EventLoopHandle
    let resolver: HostResolver
    let memory: FreedMemory
    /// The thread that reads files: one that cannot be reached holds up nothing else.
    package let files: BlockingPool
    /// The thread that renders snapshots, pages and JSON, one at a time: thousands of routes take long.
    let rendering: BlockingPool

    /// Starts the threads, which run until the process exits.
    ///
    /// - Throws: The system's error if descriptors or threads are exhausted.
    public init() throws {
        self.sessions = try SessionLoops()
        self.names = try EventLoopHandle.start()
        self.resolver = try HostResolver()
        self.memory = FreedMemory(on: try BlockingPool(threadCount: 1))
        self.files = try BlockingPool(threadCount: 1)
        self.rendering = try BlockingPool(threadCount: 1)
    }

    /// All event loops.
    var all: [EventLoopHandle] { self.sessions.all.map(\.handle) + [self.names] }
}
