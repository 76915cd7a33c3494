public import ArgumentParser
import Glibc
public import Logging
import NIOPosix
import NetBIOSRouter
import RouteConfig
import RouterControl
import ServiceLifecycle
import UnixSignals

/// `nbrouter run`: the router, in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the router in the foreground, until SIGTERM or SIGINT.",
        discussion: """
            Logs on standard error. SIGHUP reads the file again: all of it is put in force, or, when something in it is \
            wrong, none. SIGTERM and SIGINT release the names and end the router; a second one ends it at once.

            Exits with 0 after an orderly stop, and with 1 when the file is invalid, a port cannot be bound or a capability \
            is missing. See nbrouter(8) and routes.yaml(5).
            """
    )

    @Option(name: .customLong("config"), help: "The routes file.", completion: .file(extensions: ["yaml", "yml"]))
    var file = RoutesFile.defaultPath

    @Option(help: "How long a stop waits for sessions to finish: 500ms, 30s, 5m.")
    var grace = DurationArgument.seconds(0)

    @Option(help: "The least that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = Logger.Level.info

    @Option(help: "How a log line is written: logfmt or json.")
    var logFormat = LogFormat.logfmt

    func run() async throws {
        // All signals are listened to before the first line says that the router serves; until then they wait.
        signal(SIGPIPE, SIG_IGN)
        FreedMemory.returnLargeBlocks()
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        let (level, format) = (self.logLevel, self.logFormat)
        let logger = Logger(label: "nbrouter") { _ in LineLogHandler(format: format, logLevel: level) }
        StandardError.tellOfDrops { count in
            LineLogHandler.line(
                "log lines dropped: they were not read",
                level: .warning,
                facts: Logger.Metadata([.count: count]),
                format: format
            )
        }
        let file = RoutesFile(path: self.file, format: self.logFormat)
        let result = file.load(logger: logger)
        guard let configuration = result.configuration else {
            logger.critical("cannot start: the routes file is invalid", metadata: Logger.Metadata([.file: file.path]))
            throw ExitCode(1)
        }
        DescriptorLimit.raise(for: configuration, logger: logger)
        let loops: RouterLoops
        do {
            loops = try RouterLoops()
        } catch {
            logger.critical("cannot start: no event loop can be made", metadata: Logger.Metadata([.reason: "\(error)"]))
            throw ExitCode(1)
        }
        let manager = ServiceManager()
        let control = ControlService(
            RouterService(configuration, on: loops, logger: logger),
            source: ReloadedFile(file: file, manager: manager, logger: logger),
            version: NBRouter.version,
            on: .singleton,
            logger: logger
        )
        do {
            try await control.start(configuration, check: LoadReport(result))
        } catch let error as ControlSocketError {
            logger.critical("cannot start: the control socket cannot be bound", metadata: error.metadata)
            throw ExitCode(1)
        } catch let error as MetricsSocketError {
            logger.critical("cannot start: metrics cannot be served", metadata: error.metadata)
            throw ExitCode(1)
        } catch let error as ClientSourceError {
            logger.critical("cannot start: the addresses of clients cannot be used", metadata: error.metadata)
            throw ExitCode(1)
        } catch {
            logger.critical("cannot start: a port cannot be bound", metadata: error.metadata)
            throw ExitCode(1)
        }
        for socket in InheritedSockets.shared.unused {
            logger.warning(
                "a socket of the service manager is not used",
                metadata: Logger.Metadata([
                    .listener: socket,
                    .remedy: """
                    name the addresses and ports of the routes file in the socket unit, as in ListenStream=0.0.0.0:139 \
                    and ListenDatagram=0.0.0.0:137
                    """,
                ])
            )
        }
        let services: [any Service] = [
            RunningRouter(control: control, grace: self.grace.duration, manager: manager)
        ]
        let group = ServiceGroup(
            services: services,
            logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
        )
        let reports = Task { await ServiceReports(control: control, manager: manager).run() }
        defer { reports.cancel() }
        let obedience = Task { await Self.obey(signals, control: control, stop: group) }
        defer { obedience.cancel() }
        try await group.run()
    }

    /// Does what each signal says: SIGHUP reloads, the first SIGTERM or SIGINT stops in order, the second at once.
    ///
    /// A SIGHUP during a reload leads to one more, however many there are.
    private static func obey(_ signals: UnixSignalsSequence, control: ControlService, stop group: ServiceGroup) async {
        var isStopping = false
        for await signal in signals {
            if signal == .sighup {
                Task { await control.reload() }
            } else if isStopping {
                StandardError.flush()
                _exit(1)
            } else {
                isStopping = true
                await group.triggerGracefulShutdown()
            }
        }
    }
}

/// The started router in the tree of services: serves until a stop is asked for, then stops in order.
private struct RunningRouter: Service {
    let control: ControlService
    let grace: Duration
    let manager: ServiceManager

    func run() async throws {
        self.manager.ready(status: await self.control.statusLine)
        try? await gracefulShutdown()
        // The releases of the names take a minute at most.
        self.manager.stopping(within: self.grace + .seconds(70))
        await self.control.stop(grace: self.grace)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
