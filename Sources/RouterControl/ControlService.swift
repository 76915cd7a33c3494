import Dispatch
public import Logging
public import NIOPosix
public import NetBIOSRouter
public import RouteConfig

/// Where a running router's configuration comes from, and who hears of its reloads.
public protocol ReloadSource: Sendable {
    /// Reads the files. Called on a thread that may wait for them.
    func load() -> LoadResult
    /// A reload has begun.
    func reloadBegan()
    /// A reload has ended.
    func reloadEnded(_ report: ReloadReport)
}

/// The router as its operator has it: started, asked, reloaded and stopped.
///
/// It owns the control socket, which answers from before the router serves until after it has stopped.
public actor ControlService {
    let router: RouterService
    /// What the router says of itself.
    let version: String
    private let source: any ReloadSource
    private let group: MultiThreadedEventLoopGroup
    private let logger: Logger
    private var control: ServedSocket?
    /// The path that the configuration in force has for the control socket, bound or not.
    private var controlPath: String?
    /// How the last reading of the files went; `nil` before the start.
    private(set) var lastReload: ReloadReport?
    private lazy var reloads = Reloads { [self] in await self.performReload() }

    /// - Parameters:
    ///   - router: The router, not started yet.
    ///   - source: What a reload reads.
    ///   - version: What the router says of itself.
    ///   - group: The event loops that requests are answered on.
    ///   - logger: Where reloads that fail are told of.
    public init(
        _ router: RouterService,
        source: any ReloadSource,
        version: String,
        on group: MultiThreadedEventLoopGroup,
        logger: Logger
    ) {
        self.router = router
        self.source = source
        self.version = version
        self.group = group
        self.logger = logger
    }

    // MARK: - Start and stop

    /// Binds the control socket and starts the router with the configuration that it was made with.
    ///
    /// A control socket that cannot be bound is told of in the log and the router serves without it: old machines need their
    /// server more than the operator needs the commands. But where another router answers on it, this one does not start.
    ///
    /// - Throws: ``BindError`` or ``ControlSocketError``; nothing is then bound.
    public func start(_ configuration: RouterConfiguration, check: LoadReport) async throws {
        self.lastReload = ReloadReport(start: check)
        let prepared = try await self.prepareControl(configuration.control, mayFail: true)
        do {
            try await self.router.start()
        } catch {
            await prepared.cancel()
            throw error
        }
        await self.commit(prepared)
    }

    /// Stops the router as ``RouterService/stop(grace:)`` says, then the control socket.
    public func stop(grace: Duration) async {
        await self.router.stop(grace: grace)
        await self.control?.close()
        self.control = nil
    }

    // MARK: - Reload

    /// Reads the files again and puts them in force, all of them or nothing.
    ///
    /// - Returns: How it went, once that is known.
    public func reload() async -> ReloadReport { await self.reloads.next() }

    private func performReload() async -> ReloadReport {
        self.source.reloadBegan()
        let report = await self.attemptReload()
        self.lastReload = report
        self.source.reloadEnded(report)
        return report
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
        guard await self.router.phase == .serving else { throw NotServing() }
        let mayFail = configuration.control == self.controlPath
        let prepared = try await self.prepareControl(configuration.control, mayFail: mayFail)
        do {
            let summary = try await self.router.reload(configuration)
            await self.commit(prepared)
            return summary
        } catch {
            await prepared.cancel()
            throw error
        }
    }

    /// A reload that was asked for outside of the time in which the router serves.
    private struct NotServing: Error, CustomStringConvertible {
        let description = "the router is starting or stopping"
    }

    // MARK: - The control socket

    /// A control socket and who answers on it.
    private struct ServedSocket: Sendable {
        let socket: ControlSocket
        let listener: HTTPListener

        /// Takes the file away and ends every connection, those last that are being answered.
        func close() async {
            self.socket.removeFile()
            await self.listener.close()
        }
    }

    /// The control socket that a configuration wants, beside the present one.
    private struct PreparedControl: Sendable {
        let path: String?
        /// `nil` when the present one stays, or none is wanted or had.
        let added: ServedSocket?
        let keepsPresent: Bool

        /// Gives up what was bound.
        func cancel() async { await self.added?.close() }
    }

    /// Binds the control socket that is wanted, if it is not there.
    ///
    /// - Parameters:
    ///   - path: Its path; `nil` for none.
    ///   - mayFail: Whether the router goes on without it, unless another router has it.
    /// - Returns: What ``commit(_:)`` makes the present.
    /// - Throws: ``ControlSocketError``; the present one is as it was.
    private func prepareControl(_ path: String?, mayFail: Bool) async throws -> PreparedControl {
        guard let path else { return PreparedControl(path: nil, added: nil, keepsPresent: false) }
        if let control, control.socket.path == path, control.socket.isInPlace {
            return PreparedControl(path: path, added: nil, keepsPresent: true)
        }
        do {
            let socket = try ControlSocket.bind(path)
            let listener = try await HTTPListener.start(descriptor: socket.descriptor, on: self.group) { question in
                await self.answer(question)
            }
            return PreparedControl(
                path: path,
                added: ServedSocket(socket: socket, listener: listener),
                keepsPresent: false
            )
        } catch let error as ControlSocketError where mayFail && error.reason != .inUse {
            self.logger.warning("no control socket: commands cannot ask this router", metadata: error.metadata)
            return PreparedControl(path: path, added: nil, keepsPresent: false)
        }
    }

    /// Makes what was prepared the present. Whoever is being answered on the old socket is answered.
    private func commit(_ prepared: PreparedControl) async {
        self.controlPath = prepared.path
        guard !prepared.keepsPresent else { return }
        self.control?.socket.removeFile()
        self.control?.listener.retire()
        self.control = prepared.added
    }
}

extension Error {
    /// The facts of an error that kept the router from starting or reloading.
    public var metadata: Logger.Metadata {
        switch self {
        case let error as BindError: error.metadata
        case let error as ClientSourceError: error.metadata
        case let error as ControlSocketError: error.metadata
        default: Logger.Metadata([.reason: "\(self)"])
        }
    }
}
