/// The JSON form of a verdict: `valid`, the counts and the diagnostics.
public struct DiagnosticJSON: Sendable {
    /// One object on one line.
    public private(set) var text = ""

    /// The JSON of a result.
    ///
    /// - Parameters:
    ///   - result: What to write.
    ///   - isStrict: Whether warnings make the configuration invalid.
    ///   - further: Members that stand behind those of `check`; their values are JSON already.
    public init(_ result: LoadResult, isStrict: Bool, further: [(name: String, json: String)] = []) {
        let isValid = result.verdict == .valid && !(isStrict && result.warningCount > 0)
        let diagnostics = result.diagnostics.map { Self.object($0, in: result.sources) }
        self.text = Self.object(
            [
                ("valid", isValid ? "true" : "false"),
                ("errors", String(result.errorCount)),
                ("warnings", String(result.warningCount)),
                ("diagnostics", Self.array(diagnostics)),
            ] + further.map { ($0.name, $0.json) }
        )
    }

    /// One diagnostic.
    private static func object(_ diagnostic: Diagnostic, in sources: [SourceFile]) -> String {
        self.object(
            [
                ("severity", JSONValue.quoted(diagnostic.severity.rawValue)),
                ("code", JSONValue.quoted(diagnostic.code.rawValue)),
                ("message", JSONValue.quoted(diagnostic.message)),
            ] + self.place(diagnostic.span, in: sources) + [
                ("help", diagnostic.help.map(JSONValue.quoted) ?? "null"),
                (
                    "related",
                    self.array(
                        diagnostic.related.map { related in
                            self.object(
                                [("message", JSONValue.quoted(related.message))] + self.place(related.span, in: sources)
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
            ("file", JSONValue.quoted(sources.name(of: span))),
            ("line", String(span.line)),
            ("column", String(span.column)),
            ("end_line", String(span.endLine)),
            ("end_column", String(span.endColumn)),
        ]
    }

    /// An object of members whose values are JSON already.
    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(JSONValue.quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// An array of elements that are JSON already.
    private static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ", ") + "]" }
}
