public import Logging
public import NetBIOSRouter
public import RouteConfig
import Sockets

/// The router with its control socket and metrics listener, which share its life cycle.
///
/// Both respond from before the router serves until after it has stopped.
public struct ControlService: Sendable {
    /// The router itself.
    public let router: RouterService
    private let source: any ReloadSource
    private let control: ControlListener
    private let metrics: MetricsListener

    /// - Parameters:
    ///   - router: The router, not yet started.
    ///   - source: The source of configurations for reloads.
    ///   - version: The version to report.
    ///   - logger: The log.
    /// - Throws: The system's error where not enough descriptors or threads are left for the listeners.
    public init(_ router: RouterService, source: any ReloadSource, version: RouterVersion, logger: Logger) throws {
        _ = try HTTPLoop.shared.get()
        self.router = router
        self.source = source
        let routes = ControlRoutes(router: router, source: source, version: version)
        self.control = ControlListener(routes.responder, files: try BlockingPool(threadCount: 1), logger: logger)
        self.metrics = MetricsListener(router, version: version, logger: logger)
    }

    /// Binds the control socket and the metrics listener, and starts the router with its initial configuration.
    ///
    /// If the control socket cannot be bound the router serves without it, with a warning: clients need their server
    /// more than the operator needs the commands. If another router listens on the socket, the start fails.
    ///
    /// - Parameter check: The diagnostics of the configuration's files.
    /// - Throws: A ``LifecycleError``; nothing is then bound.
    public func start(check: LoadReport) async throws {
        try await self.router.start(check: check, with: [self.control, self.metrics])
    }

    /// Reads the files and applies them completely, or not at all.
    ///
    /// - Returns: The outcome of a reload that began after the call.
    @discardableResult
    public func reload() async -> ReloadOutcome { await self.router.reload(from: self.source) }

    /// Stops the router as ``RouterService/stop(grace:)`` does, then the control socket and the metrics listener.
    public func stop(grace: Duration) async {
        await self.router.stop(grace: grace)
        await self.metrics.close()
        await self.control.close()
    }
}
