import Dispatch
public import Logging
public import NetBIOSRouter
public import RouteConfig

/// Where a running router's configuration comes from, and who hears of its reloads.
public protocol ReloadSource: Sendable {
    /// Reads the files. Called on a thread that may wait for them.
    func load() -> LoadResult
    /// A reload has begun.
    func reloadBegan()
    /// A reload has ended; the status says how it went.
    func reloadEnded(status: String)
}

/// The router as its operator has it: started, asked, reloaded and stopped.
///
/// It owns the control socket and the listener of metrics, which answer from before the router serves until after it has
/// stopped.
public actor ControlService {
    let router: RouterService
    /// What the router says of itself.
    let version: RouterVersion
    private let source: any ReloadSource
    private let logger: Logger
    private var listeners: OperatorListeners
    /// How the last reading of the files went; `nil` before the start.
    private(set) var lastReload: ReloadReport?
    /// When what is in force was put in force.
    private(set) var lastSuccess = Timestamp.now()
    private(set) var history = TrafficHistory()
    /// Whether the router has stopped, and nobody is to be answered any more.
    private var isStopped = false
    private var sampling: Task<Void, Never>?
    private let reloads = Reloads()
    let pages = PageCache()

    /// - Parameters:
    ///   - router: The router, not started yet.
    ///   - source: What a reload reads.
    ///   - version: What the router says of itself.
    ///   - logger: Where reloads that fail are told of.
    public init(
        _ router: RouterService,
        source: any ReloadSource,
        version: RouterVersion,
        logger: Logger
    ) {
        self.router = router
        self.source = source
        self.version = version
        self.logger = logger
        self.listeners = OperatorListeners(logger: logger)
    }

    // MARK: - Start and stop

    /// Binds the control socket and the listener of metrics, and starts the router with the configuration that it was made
    /// with.
    ///
    /// A control socket that cannot be bound is told of in the log and the router serves without it: old machines need their
    /// server more than the operator needs the commands. But where another router answers on it, this one does not start.
    ///
    /// - Throws: ``ControlSocketError``, ``MetricsSocketError``, or what ``RouterService/start()`` throws; nothing is then
    ///   bound.
    public func start(_ configuration: RouterConfiguration, check: LoadReport) async throws {
        let prepared = try await self.listeners.prepare(configuration, isStart: true, responders: self.responders)
        do {
            try await self.router.start()
        } catch {
            await prepared.cancel()
            throw error
        }
        self.took(ReloadReport(start: check))
        await self.commit(prepared)
    }

    /// Stops the router as ``RouterService/stop(grace:)`` says, then what operators ask on.
    public func stop(grace: Duration) async {
        await self.router.stop(grace: grace)
        self.isStopped = true
        self.sampling?.cancel()
        await self.listeners.removeAll().close()
    }

    /// Whether the router lives: every event loop answers in so long.
    public func isAlive(within limit: Duration) async -> Bool { await self.router.silentLoops(for: limit) == 0 }

    /// What the router does, in a few words for the service manager.
    public var statusLine: String {
        get async {
            let sessions = await self.router.sessionCount
            let count = sessions == 1 ? "1 session" : "\(sessions) sessions"
            let generation = await self.router.generation
            switch await self.router.phase {
            case .starting: return "starting"
            case .stopping: return "stopping: \(count)"
            case .serving where self.lastReload?.reloaded == false:
                let reason = self.lastReload?.failure?.reason ?? "the file is invalid"
                return "serving generation \(generation): \(count); not reloaded: \(reason)"
            case .serving: return "serving generation \(generation): \(count)"
            }
        }
    }

    private var responders: OperatorListeners.Responders {
        OperatorListeners.Responders(control: self.controlResponder, metrics: self.metricsResponder)
    }

    /// Makes what was prepared the present; once the router has stopped it is given up instead.
    private func commit(_ prepared: OperatorListeners.Prepared) async {
        guard !self.isStopped else { return await prepared.cancel() }
        let retired = self.listeners.commit(prepared)
        if !self.listeners.servesMetrics {
            self.sampling?.cancel()
            self.sampling = nil
            self.history = TrafficHistory()
        } else if self.sampling == nil {
            self.sampling = Task { await self.sample() }
        }
        await retired.retire()
    }

    /// Looks at the traffic again and again, for the graphs of the status page.
    private func sample() async {
        while !Task.isCancelled {
            let snapshot = await self.router.snapshot()
            self.history.add(snapshot)
            try? await Task.sleep(for: TrafficHistory.interval)
        }
    }

    // MARK: - Reload

    /// Reads the files again and puts them in force, all of them or nothing.
    ///
    /// - Returns: How it went, once that is known.
    @discardableResult
    public func reload() async -> ReloadReport { await self.reloads.next { await self.performReload() } }

    private func performReload() async -> ReloadReport {
        // The service manager would take the end of a reload for that of the start, or of the stop.
        let isServing = await self.router.phase == .serving
        if isServing { self.source.reloadBegan() }
        let report = await self.attemptReload()
        self.took(report)
        if isServing { self.source.reloadEnded(status: await self.statusLine) }
        return report
    }

    private func took(_ report: ReloadReport) {
        self.lastReload = report
        if report.reloaded { self.lastSuccess = .now() }
    }

    /// Where files are read: one that cannot be reached holds up nothing else.
    private static let fileQueue = DispatchQueue(label: "nbrouter.files")

    private func attemptReload() async -> ReloadReport {
        let source = self.source
        let result = await withCheckedContinuation { continuation in
            Self.fileQueue.async { continuation.resume(returning: source.load()) }
        }
        let check = LoadReport(result)
        guard let configuration = result.configuration else {
            self.logger.error("not reloaded: the file is invalid, the old configuration stays in force")
            return ReloadReport(check: check, generation: await self.router.generation)
        }
        do {
            let summary = try await self.apply(configuration)
            return ReloadReport(check: check, generation: summary.generation, changes: ReloadChanges(summary))
        } catch {
            self.logger.error("not reloaded: the old configuration stays in force", metadata: error.metadata)
            return ReloadReport(check: check, generation: await self.router.generation, failure: ReloadFailure(error))
        }
    }

    private func apply(_ configuration: RouterConfiguration) async throws -> ReloadSummary {
        guard await self.router.phase == .serving else { throw RouterNotServing() }
        let prepared = try await self.listeners.prepare(configuration, isStart: false, responders: self.responders)
        do {
            let summary = try await self.router.reload(configuration)
            await self.commit(prepared)
            return summary
        } catch {
            await prepared.cancel()
            throw error
        }
    }
}

extension Error {
    /// The facts of an error that kept the router from starting or reloading.
    public var metadata: Logger.Metadata {
        switch self {
        case let error as BindError: error.metadata
        case let error as ClientSourceError: error.metadata
        case let error as ControlSocketError: error.metadata
        case let error as MetricsSocketError: error.metadata
        default: Logger.Metadata([.reason: "\(self)"])
        }
    }
}
