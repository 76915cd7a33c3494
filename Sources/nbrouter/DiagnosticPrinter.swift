import Glibc
import RouteConfig

/// The forms in which `check` writes what it found.
enum DiagnosticFormat: String, CaseIterable, Sendable {
    /// For people: the source lines with carets, and a summary line.
    case text
    /// One JSON object and nothing else.
    case json
    /// Annotations of GitHub workflows, and a summary line.
    case github
}

/// Writes what reading a configuration came to.
struct DiagnosticPrinter {
    let format: DiagnosticFormat
    /// Whether text may have colours.
    let colour: Bool

    /// Colours on a terminal alone, and not with `NO_COLOR` or a terminal that has none.
    static func isColourWanted(on descriptor: CInt) -> Bool {
        let isRefused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
        return isatty(descriptor) == 1 && !isRefused && !isDumb
    }

    /// The whole output, with a line end behind the last line.
    func output(_ report: LoadReport, isStrict: Bool) throws -> String {
        switch self.format {
        case .text: report.rendered(colour: self.colour, isStrict: isStrict)
        case .json: try JSONText.of(CheckVerdict(report, isStrict: isStrict)) + "\n"
        case .github:
            GitHubAnnotations(report).text + report.summary(isStrict: isStrict) + "\n"
        }
    }
}
