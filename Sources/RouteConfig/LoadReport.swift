/// The result of reading a configuration as text, as `check` and `reload` print it.
///
/// Contains the source lines that it shows, so that the router can send it to the client of a reload.
public struct LoadReport: Hashable, Sendable, Codable {
    /// The name of the main file in messages.
    public var file: String
    public var verdict: LoadResult.Verdict
    /// Summary of the configuration; `nil` if it is invalid.
    public var contents: Contents?
    /// In file order: the main file first, then included files.
    public var diagnostics: [DiagnosticReport]
    /// Whether diagnostics over the limit were dropped.
    public var isCut: Bool

    /// The numbers of the summary line.
    public struct Contents: Hashable, Sendable, Codable {
        public var routes: Int
        public var names: Int
        public var scopes: Int
    }

    public init(_ result: LoadResult) {
        self.file = result.sources.first?.name ?? ""
        self.verdict = result.verdict
        self.contents = result.configuration.map {
            Contents(routes: $0.routes.count, names: $0.nameCount, scopes: $0.scopeCount)
        }
        self.diagnostics = result.diagnostics.map { DiagnosticReport($0, in: result.sources) }
        self.isCut = result.isCut
    }

    /// The number of errors.
    public var errorCount: Int { self.diagnostics.count { $0.severity == .error } }
    /// The number of warnings.
    public var warningCount: Int { self.diagnostics.count { $0.severity == .warning } }

    /// The summary line: `routes.yaml: valid: 14 routes, 17 names, 2 scopes`, or the number of problems.
    ///
    /// `isStrict` treats warnings as errors.
    public func summary(isStrict: Bool = false) -> String {
        let name = self.file.printable(limit: 4096)
        let warnings = self.warningCount == 0 ? "" : ", \(self.warningCount.of("warning"))"
        let cut = self.isCut ? ", and more" : ""
        if let contents, !isStrict || self.warningCount == 0 {
            let routes = contents.routes.of("route")
            let names = contents.names.of("name")
            return "\(name): valid: \(routes), \(names), \(contents.scopes.of("scope"))\(warnings)\(cut)"
        }
        let verdict = self.verdict == .unreadable ? "not checked" : "invalid"
        if self.errorCount == 0 { return "\(name): invalid: \(self.warningCount.of("warning"))\(cut) (strict)" }
        return "\(name): \(verdict): \(self.errorCount.of("error"))\(warnings)\(cut)"
    }

    private enum CodingKeys: String, CodingKey {
        case file, verdict, contents, diagnostics
        case isCut = "cut"
    }
}

/// A diagnostic as text, with the source lines that it shows.
///
/// Its encoded form has the keys of `check --format json`, and those that a renderer needs.
public struct DiagnosticReport: Hashable, Sendable {
    public var severity: Severity
    public var code: String
    /// The problem: one sentence without a full stop.
    public var message: String
    /// Text after the caret; `nil` if the message suffices.
    public var label: String?
    /// The remedy.
    public var help: String?
    /// The text that the problem is about.
    public var place: ReportedPlace
    /// Other places that explain the problem, the most helpful first.
    public var related: [RelatedReport]

    init(_ diagnostic: Diagnostic, in sources: [SourceFile]) {
        let wording = diagnostic.problem.wording
        self.severity = wording.code.severity
        self.code = wording.code.rawValue
        self.message = wording.message
        self.label = wording.label
        self.help = wording.help
        // The line between two marked lines is shown, too.
        let lines = Set(([diagnostic.span] + diagnostic.related.map(\.span)).map { [$0.file, $0.line] })
        func place(_ span: SourceSpan) -> ReportedPlace {
            ReportedPlace(span, in: sources, isFollowed: lines.contains([span.file, span.line + 2]))
        }
        self.place = place(diagnostic.span)
        self.related = diagnostic.related.map { RelatedReport(message: $0.message, place: place($0.span)) }
    }
}

/// Another place that explains a diagnostic.
public struct RelatedReport: Hashable, Sendable {
    /// The role of the place, such as `first written here`.
    public var message: String
    public var place: ReportedPlace
}

/// A span of a file and its first line as a terminal shows it.
public struct ReportedPlace: Hashable, Sendable {
    /// The index of the file among those read.
    public var source: Int
    /// The name of the file in messages.
    public var file: String
    /// Counts from 1.
    public var line: Int
    /// Counts characters from 1.
    public var column: Int
    /// The line of the first character after the span.
    public var endLine: Int
    /// The column of the first character after the span.
    public var endColumn: Int
    /// The line, shortened around the span if it is long; `nil` if the file has no text.
    var excerpt: SourceLine?
    /// The next line, if another place of the diagnostic is on the one after it.
    var following: String?

    /// `routes.yaml:6:26`, or the file name alone if there is no text.
    public var text: String { self.excerpt == nil ? self.file : "\(self.file):\(self.line):\(self.column)" }

    init(_ span: SourceSpan, in sources: [SourceFile], isFollowed: Bool) {
        self.source = span.file
        self.file = sources.name(of: span)
        self.line = span.line
        self.column = span.column
        self.endLine = span.endLine
        self.endColumn = span.endColumn
        guard sources.indices.contains(span.file), sources[span.file].isReadable else { return }
        let source = sources[span.file]
        // A very long line is shortened around the span.
        let start = max(0, span.column - 1 - 4 * SourceLine.maximumWidth)
        let text = source.scalars(ofLine: span.line, from: start)
        let end = span.endLine == span.line ? span.endColumn - 1 : .max
        let length = min(max(0, end - (span.column - 1)), text.count)
        let column = span.column - 1 - start
        self.excerpt = SourceLine(text, marking: column..<column + length)
        guard isFollowed else { return }
        self.following = SourceLine(source.scalars(ofLine: span.line + 1, from: 0), marking: 0..<0).text
    }
}

// MARK: - Coding

extension LoadResult.Verdict: Codable {}
extension Severity: Codable {}

extension DiagnosticReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case severity, code, message, label, help, related
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.severity = try container.decode(Severity.self, forKey: .severity)
        self.code = try container.decodePrintable(forKey: .code)
        self.message = try container.decodePrintable(forKey: .message)
        self.label = try container.decodePrintableIfPresent(forKey: .label)
        self.help = try container.decodePrintableIfPresent(forKey: .help)
        self.related = try container.decode([RelatedReport].self, forKey: .related)
        self.place = try ReportedPlace(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.severity, forKey: .severity)
        try container.encode(self.code, forKey: .code)
        try container.encode(self.message, forKey: .message)
        try container.encode(self.label, forKey: .label)
        try container.encode(self.help, forKey: .help)
        try container.encode(self.related, forKey: .related)
        try self.place.encode(to: encoder)
    }
}

extension RelatedReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case message
    }

    public init(from decoder: any Decoder) throws {
        self.message = try decoder.container(keyedBy: CodingKeys.self).decodePrintable(forKey: .message)
        self.place = try ReportedPlace(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.message, forKey: .message)
        try self.place.encode(to: encoder)
    }
}

extension KeyedDecodingContainer {
    /// The maximum length of a text, in characters; longer than any that the router sends.
    private static var longestText: Int { 8192 }

    /// Decodes a text of another process and escapes characters that control a terminal.
    func decodePrintable(forKey key: Key) throws -> String {
        try self.decode(String.self, forKey: key).printable(limit: Self.longestText)
    }

    /// Decodes an optional text of another process in the same way.
    func decodePrintableIfPresent(forKey key: Key) throws -> String? {
        try self.decodeIfPresent(String.self, forKey: key)?.printable(limit: Self.longestText)
    }
}

extension ReportedPlace: Codable {
    private enum CodingKeys: String, CodingKey {
        case source, file, line, column, excerpt, following
        case endLine = "end_line"
        case endColumn = "end_column"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.source = try container.decode(Int.self, forKey: .source)
        self.file = try container.decode(String.self, forKey: .file)
        self.line = try container.decode(Int.self, forKey: .line)
        self.column = try container.decode(Int.self, forKey: .column)
        self.endLine = try container.decode(Int.self, forKey: .endLine)
        self.endColumn = try container.decode(Int.self, forKey: .endColumn)
        self.excerpt = try container.decodeIfPresent(SourceLine.self, forKey: .excerpt)
        self.following = try container.decodePrintableIfPresent(forKey: .following)
    }
}
