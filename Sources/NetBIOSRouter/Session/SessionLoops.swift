import NIOCore
import Synchronization

/// The event loops of sessions and of health checks, one for each core.
final class SessionLoops: Sendable {
    /// Each loop.
    let handles: [LoopHandle]
    private let turns: [LoopBound<HealthCheckTurns>]
    private let next = Atomic(0)

    /// How many more sessions than the least a loop may have before it hands new ones over: to wake another thread costs more
    /// than all else of a short session does.
    private static let handOverMargin = 2

    /// Starts the loops, which run for as long as the process.
    ///
    /// - Throws: `IOError` where there are not enough descriptors or threads.
    init() throws {
        self.handles = try (0..<max(1, System.coreCount)).map { _ in try LoopHandle.start() }
        self.turns = self.handles.map { LoopBound(HealthCheckTurns(), of: $0) }
    }

    /// One after the other.
    func nextHandle() -> LoopHandle {
        self.handles[self.next.wrappingAdd(1, ordering: .relaxed).oldValue % self.handles.count]
    }

    /// Where the next session goes that `loop` has accepted: it keeps it, unless it has many more than another.
    func handle(forSessionAcceptedOn loop: LoopHandle) -> LoopHandle {
        guard let least = self.handles.min(by: { $0.sessions < $1.sessions }) else { return loop }
        return loop.sessions >= least.sessions + Self.handOverMargin ? least : loop
    }

    /// Where the health checks of a loop queue up.
    func healthCheckTurns(of loop: SocketLoop) -> HealthCheckTurns {
        let index = self.handles.firstIndex { $0 === loop.handle }
        return index.map { self.turns[$0][loop] } ?? HealthCheckTurns()
    }
}
