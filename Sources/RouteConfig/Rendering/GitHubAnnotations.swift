/// Formats diagnostics as workflow commands, which GitHub shows next to the source lines.
public struct GitHubAnnotations: Sendable {
    /// One line for each diagnostic, each with a newline.
    public let text: String

    public init(_ report: LoadReport) {
        self.text = report.diagnostics.map { Self.annotation($0) + "\n" }.joined()
    }

    /// Formats a diagnostic as `::error file=...,line=...::message`.
    private static func annotation(_ diagnostic: DiagnosticReport) -> String {
        let span = diagnostic.place
        let place = [
            ("file", span.file), ("line", String(span.line)), ("endLine", String(span.endLine)),
            ("col", String(span.column)), ("endColumn", String(span.endColumn)), ("title", diagnostic.code),
        ]
        let message = diagnostic.message + (diagnostic.help.map { "\n" + $0 } ?? "")
        return self.annotation(diagnostic.severity.rawValue, place, message)
    }

    /// Formats an annotation, without a newline.
    ///
    /// - Parameters:
    ///   - kind: `error`, `warning` or `notice`.
    ///   - properties: The place of the annotation.
    ///   - message: The text, in one or more lines.
    /// - Returns: One line.
    public static func annotation(_ kind: String, _ properties: [(name: String, value: String)], _ message: String)
        -> String
    {
        let list = properties.map { "\($0.name)=\(self.escaped($0.value, isProperty: true))" }.joined(separator: ",")
        return "::\(kind) \(list)::\(self.escaped(message, isProperty: false))"
    }

    /// Escapes the characters that end a value or a line for the runner, or that control a terminal.
    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            case ":" where isProperty: escaped += "%3A"
            case "," where isProperty: escaped += "%2C"
            default: if scalar.isPrintable { escaped.unicodeScalars.append(scalar) } else { escaped += scalar.escaped }
            }
        }
        return escaped
    }
}

extension [SourceFile] {
    /// Returns the name of the file that contains a span.
    public func name(of span: SourceSpan) -> String { self.indices.contains(span.file) ? self[span.file].name : "" }
}
