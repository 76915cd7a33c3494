import Glibc
import RouteConfig

/// The output formats of `check`.
enum DiagnosticFormat: String, CaseIterable, Sendable {
    /// For people: the source lines with carets, and a summary line.
    case text
    /// One JSON object and nothing else.
    case json
    /// Annotations of GitHub workflows, and a summary line.
    case github
}

/// Formats the result of reading a configuration.
struct DiagnosticPrinter {
    let format: DiagnosticFormat
    /// Whether text may use colours.
    let colour: Bool

    /// Whether output to a descriptor should have colours: a terminal that supports them, without `NO_COLOR`.
    static func isColourWanted(on descriptor: CInt) -> Bool {
        let isRefused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
        return isatty(descriptor) == 1 && !isRefused && !isDumb
    }

    /// Formats the report, with a trailing newline.
    func output(_ report: LoadReport, isStrict: Bool) throws -> String {
        switch self.format {
        case .text: report.rendered(colour: self.colour, isStrict: isStrict)
        case .json: try JSONText.of(CheckVerdict(report, isStrict: isStrict)) + "\n"
        case .github:
            GitHubAnnotations(report).text + report.summary(isStrict: isStrict) + "\n"
        }
    }
}
