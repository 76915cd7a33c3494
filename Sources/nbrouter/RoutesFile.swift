import Glibc
import Logging
import NetBIOSRouter
import RouteConfig
import RouterControl

/// The routes file of a running router: read at start and at each reload, by the loader of `nbrouter check`.
struct RoutesFile: Sendable {
    static let defaultPath = "/etc/nbrouter/routes.yaml"

    let path: String
    let format: LogFormat

    /// Reads the file and logs every problem in it.
    ///
    /// In the logfmt format each problem is also printed as `check` prints it, with its excerpt.
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

/// The source of reloads: reads the routes file and notifies the service manager.
struct ReloadedFile: ReloadSource {
    let file: RoutesFile
    let manager: ServiceManager
    let logger: Logger

    func load() -> LoadResult { self.file.load(logger: self.logger) }

    func reloadBegan() { self.manager.reloading() }

    func reloadEnded(status: String) { self.manager.ready(status: status) }
}
