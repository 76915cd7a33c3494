public import Logging

/// Logs that a listener cannot accept connections, as for want of descriptors or memory: once in ten seconds.
public struct AcceptFailures: Sendable {
    private let listener: String
    private let logger: Logger
    private let limiter = LogLimiter<Bool>(interval: .seconds(10))

    /// - Parameters:
    ///   - listener: The listener's name in the log.
    ///   - logger: The log.
    public init(of listener: String, logger: Logger) {
        self.listener = listener
        self.logger = logger
    }

    /// Reports a failure to accept.
    ///
    /// - Parameter reason: The system's error.
    public func report(_ reason: String) {
        guard case .log = self.limiter.admit(true, from: nil) else { return }
        self.logger.error(
            "cannot accept connections, retrying in 1s",
            metadata: Logger.Metadata([.listener: self.listener, .reason: reason])
        )
    }
}
