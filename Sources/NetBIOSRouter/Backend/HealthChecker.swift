import Sockets
import NetBIOS
import RouteConfig

/// Checks one backend periodically. Confined to one event loop.
///
/// ```text
/// waiting ──interval──▶ queued ──turn──▶ connecting ──tcp──────────────▶ waiting
///                                              └─────smb──▶ asking ────────┘
/// ```
final class HealthChecker {
    private let check: HealthCheck
    private let loop: EventLoop
    private let environment: HealthCheckEnvironment
    private let turns: HealthCheckQueue
    private var next: LoopTimer?
    private var dialer: BackendDialer?
    /// The negotiation under way.
    private var inquiry: BackendInquiry?
    /// The turn of the check under way.
    private var turn: HealthCheckQueue.Turn?
    private var hasFailed = false
    private var isStopped = false

    /// The period over which first checks are spread, or the interval if that is shorter.
    private static let firstWait = Duration.seconds(1)

    init(_ check: HealthCheck, on loop: EventLoop, turns: HealthCheckQueue, environment: HealthCheckEnvironment) {
        self.check = check
        self.loop = loop
        self.environment = environment
        self.turns = turns
    }

    /// Starts, with the first check after a random delay.
    func start() {
        self.schedule(at: .now() + .random(in: .zero...min(self.check.interval, Self.firstWait)))
    }

    /// Stops checking, and cancels the check under way.
    func stop() {
        guard !self.isStopped else { return }
        self.isStopped = true
        self.loop.cancel(self.next)
        self.dialer?.cancel()
        self.inquiry?.cancel()
        (self.dialer, self.inquiry) = (nil, nil)
        if let turn = self.turn.take() { self.turns.giveBack(turn) }
    }

    private func schedule(at moment: MonotonicTime) {
        self.next = self.loop.schedule(at: moment) {
            self.turns.take(hasFailed: self.hasFailed) { turn in
                guard !self.isStopped else { return false }
                self.turn = turn
                self.begin()
                return true
            }
        }
    }

    private func begin() {
        let begun = MonotonicTime.now(), timeout = self.environment.timeout
        var verdict = Verdict.unknown
        self.dialer = BackendDialer(
            [self.check.backend],
            connectTimeout: timeout,
            resolver: self.environment.resolver,
            for: .check,
            on: self.loop
        ) { event in
            switch consume event {
            case .failed(let failure):
                verdict = failure.isLocal ? .unknown : .failed(reason: failure.reason)
            case .exhausted:
                self.dialer = nil
                self.ended(verdict, begun: begun)
            case .connected(let socket, _, _):
                self.dialer = nil
                self.connected(socket, begun: begun, timeout: timeout)
            }
        }
    }

    private func connected(_ socket: consuming StreamSocket, begun: MonotonicTime, timeout: Duration) {
        switch self.check.kind {
        case .tcp:
            _ = consume socket
            self.ended(.passed, begun: begun)
        case .smb:
            let inquiry = BackendInquiry(.anything, of: socket, on: self.loop) { outcome in
                self.ended(.of(outcome, within: timeout), begun: begun)
            }
            self.inquiry = inquiry
            inquiry.start(until: begun + timeout)
        }
    }

    /// The outcome of a check.
    enum Verdict {
        case passed
        case failed(reason: String)
        /// This host lacked descriptors, which says nothing about the backend.
        case unknown
    }

    private func ended(_ verdict: Verdict, begun: MonotonicTime) {
        self.inquiry = nil
        if let turn = self.turn.take() { self.turns.giveBack(turn) }
        guard !self.isStopped else { return }
        switch verdict {
        case .passed:
            self.hasFailed = false
            self.environment.passed(self.check)
        case .failed(let reason):
            self.hasFailed = true
            self.environment.failed(self.check, reason: reason)
        case .unknown: break
        }
        let tenth = self.check.interval / 10
        self.schedule(at: begun + self.check.interval + .random(in: .zero - tenth...tenth))
    }
}

extension HealthChecker.Verdict {
    /// Interprets the result of a negotiation.
    static func of(_ outcome: BackendNegotiation.Outcome, within timeout: Duration) -> Self {
        switch outcome {
        case .answered: .passed
        case .closed: .failed(reason: "closed without an answer to a negotiate request")
        case .silent: .failed(reason: "no answer to a negotiate request in \(timeout.milliseconds) ms")
        case .notSMB: .failed(reason: "the answer to a negotiate request is not SMB")
        }
    }
}

@available(*, unavailable)
extension HealthChecker: Sendable {}
