import NIOCore
import NetBIOS
import RouteConfig

/// Checks one backend again and again. Belongs to one event loop.
///
/// ```text
/// waiting ──interval──▶ queued ──turn──▶ connecting ──tcp──────────────▶ waiting
///                                              └─────smb──▶ asking ────────┘
/// ```
final class HealthChecker {
    private let check: HealthCheck
    private let loop: SocketLoop
    private let environment: HealthCheckEnvironment
    private let turns: HealthCheckTurns
    private var next: LoopTimer?
    private var dialer: BackendDialer?
    /// Waits for an answer.
    private var inquiry: BackendInquiry?
    private var isStopped = false

    /// The first checks of many backends are spread over this, or over the interval where that is shorter.
    private static let firstWait = TimeAmount.seconds(1)

    init(_ check: HealthCheck, on loop: SocketLoop, environment: HealthCheckEnvironment) {
        self.check = check
        self.loop = loop
        self.environment = environment
        self.turns = environment.loops.healthCheckTurns(of: loop)
    }

    /// Begins with the first check, in a moment.
    func start() {
        self.schedule(at: .now() + .random(in: .zero...min(self.check.interval, Self.firstWait)))
    }

    /// Makes no check any more, and forgets the one under way.
    func stop() {
        guard !self.isStopped else { return }
        self.isStopped = true
        self.loop.cancel(self.next)
        let isUnderWay = self.dialer != nil || self.inquiry != nil
        self.dialer?.abandon()
        self.inquiry?.cancel()
        (self.dialer, self.inquiry) = (nil, nil)
        if isUnderWay { self.turns.giveBack() }
    }

    private func schedule(at moment: NIODeadline) {
        self.next = self.loop.schedule(at: moment) {
            self.turns.take {
                if !self.isStopped { self.begin() }
                return !self.isStopped
            }
        }
    }

    private func begin() {
        let begun = NIODeadline.now(), timeout = self.environment.timeout
        var failure: BackendDialer.Failure?
        let dialer = BackendDialer(on: self.loop, connectTimeout: timeout, onFailure: { failure = $0 }) { result in
            self.dialer = nil
            switch (result, self.check.kind) {
            case (.failure, _):
                self.ended(.failed(failure), begun: begun)
            case (.success(let connection), .tcp):
                connection.socket.close(on: self.loop)
                self.ended(.passed, begun: begun)
            case (.success(let connection), .smb):
                let inquiry = BackendInquiry(.anything, of: connection.socket, on: self.loop) { outcome in
                    self.ended(.of(outcome, within: timeout), begun: begun)
                }
                self.inquiry = inquiry
                inquiry.start(until: begun + timeout)
            }
        }
        self.dialer = dialer
        dialer.dial([self.check.backend])
    }

    /// What a check came to.
    enum Verdict {
        case passed
        case failed(reason: String)
        /// Nothing was learnt of the backend, for want of descriptors here.
        case unknown
    }

    private func ended(_ verdict: Verdict, begun: NIODeadline) {
        self.inquiry = nil
        self.turns.giveBack()
        guard !self.isStopped else { return }
        switch verdict {
        case .passed: self.environment.passed(self.check)
        case .failed(let reason): self.environment.failed(self.check, reason: reason)
        case .unknown: break
        }
        let tenth = TimeAmount.nanoseconds(self.check.interval.nanoseconds / 10)
        self.schedule(at: begun + self.check.interval + .random(in: .zero - tenth...tenth))
    }
}

extension HealthChecker.Verdict {
    /// A dial that did not reach the backend.
    static func failed(_ failure: BackendDialer.Failure?) -> Self {
        guard let failure, !failure.isLocal else { return .unknown }
        return .failed(reason: failure.reason)
    }

    /// A negotiate request to the backend.
    static func of(_ outcome: BackendNegotiation.Outcome, within timeout: TimeAmount) -> Self {
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

extension TimeAmount {
    fileprivate static var zero: TimeAmount { .nanoseconds(0) }

    fileprivate static func random(in range: ClosedRange<TimeAmount>) -> TimeAmount {
        .nanoseconds(.random(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds))
    }
}
