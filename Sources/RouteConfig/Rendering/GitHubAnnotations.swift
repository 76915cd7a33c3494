/// The form in which GitHub workflows show problems beside the lines that they are about.
public struct GitHubAnnotations: Sendable {
    /// One line for each diagnostic, each with a line end.
    public let text: String

    /// The annotations of a report.
    public init(_ report: LoadReport) {
        self.text = report.diagnostics.map { Self.annotation($0) + "\n" }.joined()
    }

    /// `::error file=...,line=...::message`, as GitHub's runner reads it.
    private static func annotation(_ diagnostic: DiagnosticReport) -> String {
        let span = diagnostic.place
        let place = [
            ("file", span.file), ("line", String(span.line)), ("endLine", String(span.endLine)),
            ("col", String(span.column)), ("endColumn", String(span.endColumn)), ("title", diagnostic.code),
        ]
        let message = diagnostic.message + (diagnostic.help.map { "\n" + $0 } ?? "")
        return self.annotation(diagnostic.severity.rawValue, place, message)
    }

    /// An annotation of any text, without a line end.
    ///
    /// - Parameters:
    ///   - kind: `error`, `warning` or `notice`.
    ///   - properties: What it is about.
    ///   - message: What it says, in one or more lines.
    /// - Returns: One line.
    public static func annotation(_ kind: String, _ properties: [(name: String, value: String)], _ message: String)
        -> String
    {
        let list = properties.map { "\($0.name)=\(self.escaped($0.value, isProperty: true))" }.joined(separator: ",")
        return "::\(kind) \(list)::\(self.escaped(message, isProperty: false))"
    }

    /// Text without the characters that end a value or a line for the runner, or that move a terminal's cursor.
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
    /// The name of the file that a span is in.
    public func name(of span: SourceSpan) -> String { self.indices.contains(span.file) ? self[span.file].name : "" }
}
