/// The event loops of a router.
public final class RouterLoops: Sendable {
    /// Those of sessions and of health checks.
    let sessions: SessionLoops
    /// That of the name service.
    let names: LoopHandle

    /// Starts the loops, which run for as long as the process.
    ///
    /// - Throws: `IOError` where there are not enough descriptors or threads.
    public init() throws {
        self.sessions = try SessionLoops()
        self.names = try LoopHandle.start()
    }

    /// Each of them.
    var all: [LoopHandle] { self.sessions.handles + [self.names] }
}
