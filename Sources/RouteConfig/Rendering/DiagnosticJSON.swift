/// The JSON form of a verdict: `valid`, the counts and the diagnostics.
public struct DiagnosticJSON: Sendable {
    /// One object on one line.
    public private(set) var text = ""

    /// The JSON of a result; `isStrict` tells whether warnings make the configuration invalid.
    public init(_ result: LoadResult, isStrict: Bool) {
        let isValid = result.verdict == .valid && !(isStrict && result.warningCount > 0)
        let diagnostics = result.diagnostics.map { Self.object($0, in: result.sources) }
        self.text = Self.object([
            ("valid", isValid ? "true" : "false"),
            ("errors", String(result.errorCount)),
            ("warnings", String(result.warningCount)),
            ("diagnostics", Self.array(diagnostics)),
        ])
    }

    /// One diagnostic.
    private static func object(_ diagnostic: Diagnostic, in sources: [SourceFile]) -> String {
        self.object(
            [
                ("severity", self.string(diagnostic.severity.rawValue)),
                ("code", self.string(diagnostic.code.rawValue)),
                ("message", self.string(diagnostic.message)),
            ] + self.place(diagnostic.span, in: sources) + [
                ("help", diagnostic.help.map(self.string) ?? "null"),
                (
                    "related",
                    self.array(
                        diagnostic.related.map { related in
                            self.object(
                                [("message", self.string(related.message))] + self.place(related.span, in: sources)
                            )
                        }
                    )
                ),
            ]
        )
    }

    /// The members that say where something is.
    private static func place(_ span: SourceSpan, in sources: [SourceFile]) -> [(String, String)] {
        [
            ("file", self.string(sources.name(of: span))),
            ("line", String(span.line)),
            ("column", String(span.column)),
            ("end_line", String(span.endLine)),
            ("end_column", String(span.endColumn)),
        ]
    }

    /// An object of members whose values are JSON already.
    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(self.string($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// An array of elements that are JSON already.
    private static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ", ") + "]" }

    /// A string of JSON (RFC 8259 §7); control characters and line separators are escaped.
    private static func string(_ text: String) -> String {
        var string = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": string += "\\\""
            case "\\": string += "\\\\"
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                string += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: string.unicodeScalars.append(scalar)
            }
        }
        return string + "\""
    }
}
