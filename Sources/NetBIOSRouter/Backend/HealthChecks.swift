import Logging
import Sockets
import RouteConfig

/// The active checks of all backends, each on one of the event loops.
struct HealthChecks: Sendable {
    private var running: [Backend: RunningCheck] = [:]
    private let environment: HealthCheckEnvironment

    private struct RunningCheck: Sendable {
        let check: HealthCheck
        let loop: SessionLoop
        let checker: LoopBound<HealthChecker?>
    }

    init(_ environment: HealthCheckEnvironment) {
        self.environment = environment
    }

    /// Starts and stops checks to match `configuration`; unchanged checks continue.
    mutating func update(to configuration: RouterConfiguration) {
        let wanted = configuration.healthChecks
        for (backend, running) in self.running where wanted[backend] != running.check {
            self.stop(running, forGood: wanted[backend] == nil)
        }
        for (backend, check) in wanted where self.running[backend] == nil {
            self.running[backend] = self.start(check)
        }
    }

    /// Stops all checks.
    mutating func stop() {
        for running in self.running.values { self.stop(running, forGood: true) }
    }

    private func start(_ check: HealthCheck) -> RunningCheck {
        let environment = self.environment
        let sessionLoop = environment.loops.nextLoop()
        let checker = LoopBound<HealthChecker?>(nil, of: sessionLoop.handle)
        sessionLoop.handle.execute { loop in
            let turns = sessionLoop.healthCheckTurns(loop)
            let started = HealthChecker(check, on: loop, turns: turns, environment: environment)
            checker[loop] = started
            started.start()
        }
        return RunningCheck(check: check, loop: sessionLoop, checker: checker)
    }

    private mutating func stop(_ running: RunningCheck, forGood: Bool) {
        let pool = self.environment.backendPool
        self.running[running.check.backend] = nil
        running.loop.handle.execute { loop in
            running.checker[loop]?.stop()
            running.checker[loop] = nil
            if forGood { pool.endedChecks(of: running.check.backend) }
        }
    }
}

/// The router's parts that checks share.
struct HealthCheckEnvironment: Sendable {
    let routes: LiveRoutes
    let backendPool: BackendPool
    let loops: SessionLoops
    let resolver: HostResolver
    let logger: Logger

    /// The time limit of the connection and, again, of the negotiation.
    var timeout: Duration {
        self.routes.current.configuration.sessions.connectTimeout ?? .seconds(5)
    }

    /// Records a successful check.
    func passed(_ check: HealthCheck) {
        guard self.backendPool.passedCheck(check.backend) == .cameUp else { return }
        self.logger.notice("backend up", metadata: Logger.Metadata([.backend: check.backend]))
    }

    /// Records a failed check.
    func failed(_ check: HealthCheck, reason: String) {
        let error = BackendStatus.LastError(reason: reason, time: .now())
        guard self.backendPool.failedCheck(check.backend, error) == .wentDown else { return }
        self.logger.warning("backend down", metadata: Logger.Metadata([.backend: check.backend, .reason: reason]))
    }
}

/// Limits the checks under way on an event loop; the others wait in order. Confined to one event loop.
///
/// Checks of backends that failed the last one have at most half of the turns: a silent backend keeps its turn for the whole
/// `connect_timeout`.
final class HealthCheckQueue {
    /// Begins a check, which does not end before this returns.
    ///
    /// - Returns: Whether it did, rather than not being wanted any more.
    typealias Begin = (Turn) -> Bool
    typealias Turn = TakenPlace<Int>

    private var turns: PlaceQueue<Begin, Int>

    /// The maximum number of concurrent checks; each takes a descriptor, and a thread during a name lookup.
    static let limit = 32

    init() {
        self.turns = PlaceQueue(count: Self.limit, standings: 2)
    }

    /// Calls `begin` now or when others have ended.
    func take(hasFailed: Bool, _ begin: @escaping Begin) {
        self.turns.append(begin, standing: hasFailed ? 1 : 0, group: 0)
        self.advance()
    }

    /// A check that had begun has ended.
    func giveBack(_ turn: Turn) {
        self.turns.giveBack(turn)
        self.advance()
    }

    private func advance() {
        while let (begin, turn) = self.turns.popFirst() {
            if !begin(turn) { self.turns.giveBack(turn) }
        }
    }
}

@available(*, unavailable)
extension HealthCheckQueue: Sendable {}
