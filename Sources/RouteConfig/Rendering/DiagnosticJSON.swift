/// The JSON form of a verdict: `valid`, the counts and the diagnostics.
public struct DiagnosticJSON: Sendable {
    /// One object on one line.
    public private(set) var text = ""

    /// The JSON of a report.
    ///
    /// - Parameters:
    ///   - report: What to write.
    ///   - isStrict: Whether warnings make the configuration invalid.
    ///   - further: Members that stand behind those of `check`; their values are JSON already.
    public init(_ report: LoadReport, isStrict: Bool, further: [(name: String, json: String)] = []) {
        let isValid = report.verdict == .valid && !(isStrict && report.warningCount > 0)
        self.text = Self.object(
            [
                ("valid", isValid ? "true" : "false"),
                ("errors", String(report.errorCount)),
                ("warnings", String(report.warningCount)),
                ("diagnostics", Self.array(report.diagnostics.map { Self.object($0) })),
            ] + further.map { ($0.name, $0.json) }
        )
    }

    /// One diagnostic.
    private static func object(_ diagnostic: DiagnosticReport) -> String {
        self.object(
            [
                ("severity", JSONValue.quoted(diagnostic.severity.rawValue)),
                ("code", JSONValue.quoted(diagnostic.code)),
                ("message", JSONValue.quoted(diagnostic.message)),
            ] + self.place(diagnostic.place) + [
                ("help", diagnostic.help.map(JSONValue.quoted) ?? "null"),
                (
                    "related",
                    self.array(
                        diagnostic.related.map { related in
                            self.object(
                                [("message", JSONValue.quoted(related.message))] + self.place(related.place)
                            )
                        }
                    )
                ),
            ]
        )
    }

    /// The members that say where something is.
    private static func place(_ span: ReportedPlace) -> [(String, String)] {
        [
            ("file", JSONValue.quoted(span.file)),
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
