/// What reading a configuration came to, in words: all that `check` and `reload` print of it.
///
/// It stands alone. The lines of the files that it shows are in it, so it can travel to whoever asked the router to reload.
public struct LoadReport: Hashable, Sendable, Codable {
    /// The main file, as messages call it.
    public var file: String
    public var verdict: LoadResult.Verdict
    /// What a configuration holds; `nil` when there is none.
    public var contents: Contents?
    /// In file order: the main file's first, then those of included files.
    public var diagnostics: [DiagnosticReport]
    /// Whether there were more problems than are told of here.
    public var isCut: Bool

    /// The numbers of a summary line.
    public struct Contents: Hashable, Sendable, Codable {
        public var routes: Int
        public var names: Int
        public var scopes: Int
    }

    /// The words of a result.
    public init(_ result: LoadResult) {
        self.file = result.sources.first?.name ?? ""
        self.verdict = result.verdict
        self.contents = result.configuration.map {
            Contents(routes: $0.routes.count, names: $0.nameCount, scopes: $0.scopeCount)
        }
        self.diagnostics = result.diagnostics.map { DiagnosticReport($0, in: result.sources) }
        self.isCut = result.isCut
    }

    /// The count of diagnostics that make the configuration unusable.
    public var errorCount: Int { self.diagnostics.count { $0.severity == .error } }
    /// The count of diagnostics that do not.
    public var warningCount: Int { self.diagnostics.count { $0.severity == .warning } }

    /// One line: `routes.yaml: valid: 14 routes, 17 names, 2 scopes`, or how many problems there are.
    ///
    /// With `isStrict` warnings make the configuration invalid.
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

/// One diagnostic in words, with the lines that it shows.
///
/// Encoded it has the words of `check --format json` as keys, and those that it takes to show the lines.
public struct DiagnosticReport: Hashable, Sendable {
    public var severity: Severity
    public var code: String
    /// What was found and what is allowed: one sentence without a full stop.
    public var message: String
    /// Stands behind the caret; `nil` where the message says it all.
    public var label: String?
    /// What to do about it.
    public var help: String?
    /// What the problem is about.
    public var place: ReportedPlace
    /// Other places that explain it, the most telling first.
    public var related: [RelatedReport]

    /// The words of a diagnostic about `sources`.
    init(_ diagnostic: Diagnostic, in sources: [SourceFile]) {
        let wording = diagnostic.problem.wording
        self.severity = wording.code.severity
        self.code = wording.code.rawValue
        self.message = wording.message
        self.label = wording.label
        self.help = wording.help
        // The line between two marks is shown too.
        let lines = Set(([diagnostic.span] + diagnostic.related.map(\.span)).map { [$0.file, $0.line] })
        func place(_ span: SourceSpan) -> ReportedPlace {
            ReportedPlace(span, in: sources, isFollowed: lines.contains([span.file, span.line + 2]))
        }
        self.place = place(diagnostic.span)
        self.related = diagnostic.related.map { RelatedReport(message: $0.message, place: place($0.span)) }
    }
}

/// Another place that explains a diagnostic, in words.
public struct RelatedReport: Hashable, Sendable {
    /// What is there, such as `first written here`.
    public var message: String
    public var place: ReportedPlace
}

/// A stretch of a file, with the line that it begins on as a terminal shows it.
public struct ReportedPlace: Hashable, Sendable {
    /// Which of the files that were read, from 0.
    public var source: Int
    /// The file, as messages call it.
    public var file: String
    /// Counts from 1.
    public var line: Int
    /// Counts characters from 1.
    public var column: Int
    /// The line of the first character behind the stretch.
    public var endLine: Int
    /// The column of the first character behind the stretch.
    public var endColumn: Int
    /// The line, or what is near the stretch of a long one; `nil` when the file has no text to show.
    var excerpt: SourceLine?
    /// The line below, where another place of the diagnostic is on the one below that.
    var following: String?

    /// `routes.yaml:6:26`, or the file alone where no text of it can be shown.
    public var text: String { self.excerpt == nil ? self.file : "\(self.file):\(self.line):\(self.column)" }

    /// The place of a span in one of `sources`.
    init(_ span: SourceSpan, in sources: [SourceFile], isFollowed: Bool) {
        self.source = span.file
        self.file = sources.name(of: span)
        self.line = span.line
        self.column = span.column
        self.endLine = span.endLine
        self.endColumn = span.endColumn
        guard sources.indices.contains(span.file), sources[span.file].isReadable else { return }
        let source = sources[span.file]
        // Of a very long line only what is near the span.
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
    /// Characters of a text at most: more than any of ours has.
    private static var longestText: Int { 8192 }

    /// A text of another process, which may be no router, without characters that move a terminal's cursor.
    func decodePrintable(forKey key: Key) throws -> String {
        try self.decode(String.self, forKey: key).printable(limit: Self.longestText)
    }

    /// The same of a text that may be missing.
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
