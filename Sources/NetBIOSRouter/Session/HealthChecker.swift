import NIOCore
import NIOPosix
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
    private let eventLoop: any EventLoop
    private let environment: HealthCheckEnvironment
    private let turns: HealthCheckTurns
    private var next: Scheduled<Void>?
    private var dialer: BackendDialer?
    /// Where an answer is waited for.
    private var channel: (any Channel)?
    private var isStopped = false

    /// The first checks of many backends are spread over this, or over the interval where that is shorter.
    private static let firstWait = TimeAmount.seconds(1)

    init(_ check: HealthCheck, on eventLoop: any EventLoop, environment: HealthCheckEnvironment) {
        self.check = check
        self.eventLoop = eventLoop
        self.environment = environment
        self.turns = environment.loops.healthCheckTurns(of: eventLoop)
    }

    /// Begins with the first check, in a moment.
    func start() {
        self.schedule(at: .now() + .random(in: .zero...min(self.check.interval, Self.firstWait)))
    }

    /// Makes no check any more, and forgets the one under way.
    func stop() {
        self.isStopped = true
        self.next?.cancel()
        self.dialer?.abandon()
        self.channel?.close(promise: nil)
    }

    private func schedule(at moment: NIODeadline) {
        self.next = self.eventLoop.assumeIsolated().scheduleTask(deadline: moment) {
            self.turns.take {
                if !self.isStopped { self.begin() }
                return !self.isStopped
            }
        }
    }

    private func begin() {
        let begun = NIODeadline.now(), timeout = self.environment.timeout
        let dialer = BackendDialer(
            eventLoop: self.eventLoop,
            connectTimeout: timeout,
            receiveBuffer: self.environment.loops.receiveBuffer(of: self.eventLoop)
        )
        self.dialer = dialer
        var failure: BackendDialer.Failure?
        dialer.dial([self.check.backend]) { failure = $0 }.whenComplete { result in
            self.dialer = nil
            switch (result, self.check.kind) {
            case (.failure, _):
                self.ended(.failed(failure), begun: begun)
            case (.success(let connection), .tcp):
                connection.channel.close(promise: nil)
                self.ended(.passed, begun: begun)
            case (.success(let connection), .smb):
                self.channel = connection.channel
                BackendNegotiation.ask(.anything, on: connection.channel, until: begun + timeout).assumeIsolated()
                    .whenSuccess { outcome in
                        connection.channel.close(promise: nil)
                        self.ended(.of(outcome, within: timeout), begun: begun)
                    }
            }
        }
    }

    /// What a check came to.
    enum Verdict {
        case passed
        case failed(reason: String)
        /// Nothing was learnt of the backend: for want of descriptors here, or because the checks were ended.
        case unknown
    }

    private func ended(_ verdict: Verdict, begun: NIODeadline) {
        self.channel = nil
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
