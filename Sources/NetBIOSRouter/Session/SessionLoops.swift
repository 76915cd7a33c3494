import Glibc
import Sockets
import Synchronization

/// The event loops of sessions and health checks, one per core.
final class SessionLoops: Sendable {
    let all: [SessionLoop]
    private let next = Atomic(0)

    /// The lead in sessions that a loop may have before it hands new ones over: waking another thread costs more than the
    /// rest of a short session.
    private static let handOverMargin = 2

    /// Processors that are online.
    static var processorCount: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    /// Starts the loops, which run as long as the process.
    ///
    /// - Throws: ``SystemCallError`` if descriptors or threads are exhausted.
    init() throws(SystemCallError) {
        var loops: [SessionLoop] = []
        for _ in 0..<Self.processorCount { loops.append(try SessionLoop()) }
        self.all = loops
    }

    /// Returns the loops in turn.
    func nextLoop() -> SessionLoop {
        self.all[self.next.wrappingAdd(1, ordering: .relaxed).oldValue % self.all.count]
    }

    /// Returns the loop for a session that `acceptor` has accepted: the same, unless another has far fewer sessions.
    func loop(forSessionAcceptedOn acceptor: SessionLoop) -> SessionLoop {
        guard let least = self.all.min(by: { $0.handle.load < $1.handle.load }) else { return acceptor }
        let isUneven = acceptor.handle.load >= least.handle.load + Self.handOverMargin
        return isUneven ? least : acceptor
    }
}

/// An event loop with its sessions and health checks.
final class SessionLoop: Sendable {
    let handle: EventLoopHandle
    private let table: LoopBound<SessionTable>
    private let turns: LoopBound<HealthCheckQueue>

    init() throws(SystemCallError) {
        self.handle = try EventLoopHandle.start()
        self.table = LoopBound(SessionTable(), of: self.handle)
        self.turns = LoopBound(HealthCheckQueue(), of: self.handle)
    }

    /// The sessions of the loop.
    func sessions(_ loop: EventLoop) -> SessionTable { self.table[loop] }

    /// The queue of the loop's health checks.
    func healthCheckTurns(_ loop: EventLoop) -> HealthCheckQueue { self.turns[loop] }

    /// Asks sessions of this loop to end.
    func close(_ ids: [SessionID], with end: SessionEnd) {
        self.handle.execute { loop in self.close(ids[...], with: end, on: loop) }
    }

    private func close(_ ids: ArraySlice<SessionID>, with end: SessionEnd, on loop: EventLoop) {
        let sessions = self.sessions(loop)
        for id in ids.prefix(EventLoop.batch) { sessions[id]?.close(end) }
        let rest = ids.dropFirst(EventLoop.batch)
        if !rest.isEmpty { loop.nextTurn { self.close(rest, with: end, on: loop) } }
    }
}

/// The drivers of one loop's sessions, from accept to end. Confined to the loop.
final class SessionTable {
    private var drivers: [SessionID: SessionDriver] = [:]

    subscript(id: SessionID) -> SessionDriver? { self.drivers[id] }

    func insert(_ driver: SessionDriver) { self.drivers[driver.id] = driver }

    func remove(_ id: SessionID) { self.drivers[id] = nil }
}

@available(*, unavailable)
extension SessionTable: Sendable {}
