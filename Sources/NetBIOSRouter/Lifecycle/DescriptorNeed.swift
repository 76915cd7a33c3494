public import RouteConfig

/// The number of descriptors that a configuration's sessions need.
public struct DescriptorNeed: Sendable {
    /// The number; `nil` without a limit on sessions.
    public let wanted: Int?

    /// The client's connection, and concurrent connection attempts, one of which becomes the backend's.
    private static let descriptorsPerSession = 1 + BackendDialer.attemptLimit

    /// An event loop of sessions has an epoll and an event descriptor, one of operators' connections a timer as well.
    static let descriptorsPerProcessor = 2 + 3

    /// A listener and a socket of the name service.
    private static let descriptorsPerAddress = 2

    /// The connections of operators (64), look-ups of host names at a time (3 each for 16), sockets of the name service for
    /// each network, the log and other files.
    static let others = 192

    /// Computes the need of a configuration on this machine.
    public init(_ configuration: RouterConfiguration) {
        self.init(configuration, processorCount: SessionLoops.processorCount)
    }

    /// - Parameters:
    ///   - configuration: The limits and addresses.
    ///   - processorCount: The number of event loops of each kind.
    init(_ configuration: RouterConfiguration, processorCount: Int) {
        let sessions = configuration.sessions
        let addresses = Set(configuration.listen.addresses + configuration.routes.compactMap(\.address))
        self.wanted = sessions.maxSessions.map { maxSessions in
            Self.descriptorsPerSession * maxSessions + (sessions.maxPending ?? 0)
                + Self.descriptorsPerAddress * addresses.count
                + Self.descriptorsPerProcessor * processorCount
                + Self.others
        }
    }
}
