import Glibc
import Logging
import NetBIOSRouter
import RouteConfig

/// The routes file of a running router: read at the start and at each reload, by the same loader as `nbrouter check`.
struct RoutesFile: Sendable {
    static let defaultPath = "/etc/nbrouter/routes.yaml"

    let path: String
    let format: LogFormat

    /// Reads the file, and logs every problem in it.
    ///
    /// Where lines are for people, each problem is also printed as `check` prints it, excerpt and all.
    ///
    /// - Returns: The configuration; `nil` when something in it is wrong.
    func load(logger: Logger) -> RouterConfiguration? {
        let result = ConfigurationReader.load(file: self.path)
        if !result.diagnostics.isEmpty, self.format == .logfmt {
            StandardError.write(result.rendered(colour: DiagnosticPrinter.isColourWanted(on: STDERR_FILENO)))
        }
        for diagnostic in result.diagnostics {
            let span = diagnostic.span
            let isReadable = result.sources.indices.contains(span.file) && result.sources[span.file].isReadable
            let place = result.sources.name(of: span) + (isReadable ? ":\(span.line):\(span.column)" : "")
            logger.log(
                level: diagnostic.severity == .error ? .error : .warning,
                "problem in the routes file",
                metadata: Logger.Metadata([
                    .code: diagnostic.code.rawValue,
                    .file: place,
                    .reason: diagnostic.message,
                    .remedy: diagnostic.help,
                ])
            )
        }
        return result.configuration
    }
}
