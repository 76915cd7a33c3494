import Glibc
import Logging
import NetBIOSRouter
import RouteConfig
import RouterControl

/// The routes file of a running router: read at the start and at each reload, by the same loader as `nbrouter check`.
struct RoutesFile: Sendable {
    static let defaultPath = "/etc/nbrouter/routes.yaml"

    let path: String
    let format: LogFormat

    /// Reads the file, and logs every problem in it.
    ///
    /// Where lines are for people, each problem is also printed as `check` prints it, excerpt and all.
    func load(logger: Logger) -> LoadResult {
        let result = ConfigurationReader.load(file: self.path)
        if !result.diagnostics.isEmpty, self.format == .logfmt {
            let text = result.rendered(colour: DiagnosticPrinter.isColourWanted(on: STDERR_FILENO))
            StandardError.write(Journal.marked(text, result.errorCount > 0 ? .error : .warning))
        }
        for diagnostic in LoadReport(result).diagnostics {
            logger.log(
                level: diagnostic.severity == .error ? .error : .warning,
                "problem in the routes file",
                metadata: Logger.Metadata([
                    .code: diagnostic.code,
                    .file: diagnostic.place.text,
                    .reason: diagnostic.message,
                    .remedy: diagnostic.help,
                ])
            )
        }
        return result
    }
}

/// The routes file as a router's reloads read it, with the service manager told of each.
struct ReloadedFile: ReloadSource {
    let file: RoutesFile
    let manager: ServiceManager
    let logger: Logger

    func load() -> LoadResult { self.file.load(logger: self.logger) }

    func reloadBegan() { self.manager.reloading() }

    func reloadEnded(status: String) { self.manager.ready(status: status) }
}
