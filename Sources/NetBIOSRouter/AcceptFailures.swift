public import Logging
import NIOCore

/// Says in the log that a listener cannot accept connections, for want of descriptors or memory. They stay in the kernel's
/// queue, and are tried again after ``pause``.
public struct AcceptFailures: Sendable {
    private let listener: String
    private let logger: Logger
    private let limiter = LogLimiter<Bool>(interval: .seconds(10))

    /// How long a listener is not looked at then: it is readable all the while, and would keep its loop busy.
    static let pause = TimeAmount.seconds(1)

    /// - Parameters:
    ///   - listener: What the log calls the listener.
    ///   - logger: Told once in ten seconds.
    public init(of listener: String, logger: Logger) {
        self.listener = listener
        self.logger = logger
    }

    /// A connection could not be accepted.
    func tell(_ reason: String) {
        guard case .log = self.limiter.admit(true) else { return }
        self.logger.error(
            "connections cannot be accepted, trying again in a second",
            metadata: Logger.Metadata([.listener: self.listener, .reason: reason])
        )
    }
}
