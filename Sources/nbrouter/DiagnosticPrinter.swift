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
    func output(_ result: LoadResult, isStrict: Bool) -> String {
        switch self.format {
        case .text: result.rendered(colour: self.colour)
        case .json: DiagnosticJSON(result, isStrict: isStrict).text + "\n"
        case .github:
            result.diagnostics.map { self.annotation($0, in: result.sources) + "\n" }.joined() + result.summary + "\n"
        }
    }

    /// `::error file=...,line=...::message`, as GitHub's runner reads it.
    private func annotation(_ diagnostic: Diagnostic, in sources: [SourceFile]) -> String {
        let span = diagnostic.span
        let place = [
            ("file", sources.name(of: span)), ("line", String(span.line)), ("endLine", String(span.endLine)),
            ("col", String(span.column)), ("endColumn", String(span.endColumn)), ("title", diagnostic.code.rawValue),
        ]
        let properties = place.map { "\($0.0)=\(Self.escaped($0.1, isProperty: true))" }.joined(separator: ",")
        let message = diagnostic.message + (diagnostic.help.map { "\n" + $0 } ?? "")
        return "::\(diagnostic.severity.rawValue) \(properties)::\(Self.escaped(message, isProperty: false))"
    }

    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            case ":" where isProperty: escaped += "%3A"
            case "," where isProperty: escaped += "%2C"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension [SourceFile] {
    /// The name of the file that a span is in.
    func name(of span: SourceSpan) -> String { self.indices.contains(span.file) ? self[span.file].name : "" }
}
