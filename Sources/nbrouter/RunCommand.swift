public import ArgumentParser
import Glibc
public import Logging
import NetBIOSRouter
import RouteConfig
import RouterControl
import Sockets
import Synchronization

/// `nbrouter run`: runs the router in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the router in the foreground.",
        discussion: """
            Logs on standard error. SIGHUP reads the file again: all of it is put in force, or, when something in it is \
            wrong, none. SIGTERM and SIGINT release the names and end the router; a second one ends it at once.

            Exits with 0 after an orderly stop, and with 1 when the file is invalid, a port cannot be bound or a capability \
            is missing. See nbrouter(8) and routes.yaml(5).
            """
    )

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The routes file.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var file = RoutesFile.defaultPath

    @Option(help: ArgumentHelp("How long a stop waits for sessions to finish: 500ms, 30s, 5m.", valueName: "DURATION"))
    var grace = DurationArgument.seconds(0)

    @Option(
        help: ArgumentHelp(
            "The least that is logged: trace, debug, info, notice, warning, error or critical.",
            valueName: "LEVEL"
        )
    )
    var logLevel = Logger.Level.info

    @Option(help: ArgumentHelp("How a log line is written: logfmt or json.", valueName: "FORMAT"))
    var logFormat = LogFormat.logfmt

    func run() async throws {
        let (level, format) = (self.logLevel, self.logFormat)
        let logger = Logger(label: "nbrouter") { _ in LineLogHandler(format: format, logLevel: level) }
        StandardError.reportDrops { count in
            LineLogHandler.line(
                "log lines dropped: standard error was blocked",
                level: .warning,
                facts: Logger.Metadata([.count: count]),
                format: format
            )
        }
        // Before the first line says that the router serves; until then orders wait.
        let orders = try await self.attempt(logger) { try Order.trapped() }
        DescriptorLimit.raise()
        let loops = try await self.attempt(logger) { try RouterLoops() }
        let manager = try await self.attempt(logger) { try ServiceManager() }
        let file = RoutesFile(path: self.file, format: self.logFormat)
        let result = await loops.files.run { file.load(logger: logger) }
        guard let configuration = result.configuration else {
            logger.critical("cannot start: the routes file is invalid", metadata: Logger.Metadata([.file: file.path]))
            throw ExitCode(1)
        }
        DescriptorLimit.check(configuration, logger: logger)
        let control = try await self.attempt(logger) {
            try ControlService(
                RouterService(configuration, on: loops, logger: logger),
                source: ReloadedFile(file: file, manager: manager, logger: logger),
                version: NBRouter.version,
                logger: logger
            )
        }
        try await self.attempt(logger) { try await control.start(check: LoadReport(result)) }
        self.logUnusedSockets(logger)
        let reports = Task { await ServiceReports(router: control.router, manager: manager).run() }
        defer { reports.cancel() }
        manager.ready(status: await control.router.statusLine)
        // Signals during a reload cause a single further one.
        for await _ in orders.prefix(while: { $0 == .reload }) { Task { await control.reload() } }
        // Releasing the names takes at most a minute.
        manager.stopping(within: self.grace.duration + .seconds(70))
        await control.stop(grace: self.grace.duration)
    }

    /// Performs a step of the start, or logs its failure.
    ///
    /// - Parameters:
    ///   - logger: Where it is logged.
    ///   - body: A step of the start.
    /// - Returns: The result of `body`.
    /// - Throws: Exit code 1.
    private func attempt<Result>(
        _ logger: Logger,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch {
            let error = (error as? SystemCallError).map(ResourceShortage.init) ?? error
            logger.critical(error.startFailure, metadata: error.lifecycleMetadata)
            throw ExitCode(1)
        }
    }

    private func logUnusedSockets(_ logger: Logger) {
        for socket in InheritedSockets.shared.unused {
            logger.warning(
                "inherited socket is unused",
                metadata: Logger.Metadata([
                    .listener: socket,
                    .remedy: """
                    name the addresses and ports of the routes file in the socket unit, as in ListenStream=0.0.0.0:139 \
                    and ListenDatagram=0.0.0.0:137
                    """,
                ])
            )
        }
    }
}

/// The actions that signals trigger.
private enum Order {
    case reload, stop

    /// Whether a stop was requested.
    private static let isStopping = Atomic(false)

    /// Traps SIGHUP, SIGTERM and SIGINT. After the first of the latter two, the next one ends the process at once.
    static func trapped() throws(SystemCallError) -> AsyncStream<Order> {
        let (orders, order) = AsyncStream.makeStream(of: Order.self)
        try Signals.trap(SIGHUP, SIGTERM, SIGINT) { signal in
            if signal == SIGHUP {
                order.yield(.reload)
            } else if self.isStopping.exchange(true, ordering: .relaxed) {
                StandardError.flush(milliseconds: 250)
                _exit(1)
            } else {
                order.yield(.stop)
            }
        }
        return orders
    }
}

extension Error {
    /// The log message of a failed start.
    fileprivate var startFailure: Logger.Message {
        switch self {
        case is ResourceShortage: "cannot start: not enough open files or threads"
        case is ControlSocketError: "cannot start: cannot bind the control socket"
        case is MetricsSocketError: "cannot start: cannot bind the metrics listener"
        case is ClientSourceError: "cannot start: cannot use client source addresses"
        default: "cannot start: cannot bind a port"
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
