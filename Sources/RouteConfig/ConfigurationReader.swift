/// Reads routes.yaml and its includes into a configuration, or reports every problem in them.
///
/// The result depends on the files alone: `check`, `run` and a reload reach the same verdict on every machine.
public struct ConfigurationReader {
    let limits: DocumentLimits
    /// The files read so far.
    var sources: [SourceFile] = []
    /// The problems found, at most ``DocumentLimits/findings`` of each severity.
    private var findings: [Finding] = []
    private var counts: [Severity: Int] = [:]
    /// Device and inode of each file read, so that no file is read twice.
    var identities: Set<FileIdentity> = []
    /// The directories searched for wildcards of `include`.
    var patternDirectories: Set<String> = []
    private var bytes = 0
    /// Whether the files have more bytes than the limit.
    private(set) var isTooLarge = false
    private var nodes = 0
    /// The number of file names that wildcards may still be compared with.
    var namesLeft: Int
    /// How many files may still be included; negative once there were more.
    var filesLeft: Int
    /// When finding and reading files must be over.
    private(set) var end: ContinuousClock.Instant
    /// Routes of all files, also those with errors.
    var drafts: [RouteDraft] = []
    /// Whether a file or value could not be read, so that nothing can be reported as missing.
    var isIncomplete = false
    /// The alias that the value being read was reached through.
    var alias: TextRange?

    init(limits: DocumentLimits = DocumentLimits()) {
        self.limits = limits
        self.namesLeft = limits.names
        self.filesLeft = limits.files
        self.end = .now + limits.time
    }

    /// Reads a file and its includes.
    public static func load(file path: String) -> LoadResult { self.load(file: path, limits: DocumentLimits()) }

    /// Reads an open file, such as standard input, to its end. Includes are relative to the current directory.
    public static func load(descriptor: Int32, name: String) -> LoadResult {
        let content = FileAccess.read(descriptor: descriptor, limit: DocumentLimits().bytes)
        var reader = ConfigurationReader()
        return reader.load(content, name: name, directory: "")
    }

    /// Reads a text as the file `name`. Includes are relative to the current directory.
    public static func load(text: String, name: String) -> LoadResult { self.load(bytes: Array(text.utf8), name: name) }

    /// Reads bytes as the file `name`. Includes are relative to the current directory.
    public static func load(bytes: [UInt8], name: String) -> LoadResult {
        self.load(bytes: bytes, name: name, limits: DocumentLimits())
    }

    /// Reads a file and its includes within other limits.
    static func load(file path: String, limits: DocumentLimits) -> LoadResult {
        var reader = ConfigurationReader(limits: limits)
        if let identity = try? FileAccess.identity(path) { reader.identities.insert(identity) }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let content = FileAccess.read(path, limit: limits.bytes, until: reader.end)
        return reader.load(content, name: path, directory: directory)
    }

    /// Reads bytes as the file `name` within other limits.
    static func load(bytes: [UInt8], name: String, limits: DocumentLimits) -> LoadResult {
        var reader = ConfigurationReader(limits: limits)
        let content: FileAccess.Content = bytes.count > limits.bytes ? .tooLarge : .bytes(bytes)
        return reader.load(content, name: name, directory: "")
    }

    /// Reads the main file and its includes.
    ///
    /// - Parameters:
    ///   - content: The outcome of reading the main file.
    ///   - name: The main file, as messages call it.
    ///   - directory: The directory that included paths are relative to: empty, or with a slash at its end.
    /// - Returns: The configuration, or why there is none.
    private mutating func load(_ content: FileAccess.Content, name: String, directory: String) -> LoadResult {
        var configuration: RouterConfiguration?
        if let document = self.parse(content, name: name, from: nil) {
            configuration = self.readFile(document, directory: directory)
        }
        var diagnostics = self.diagnostics
        if diagnostics.contains(where: { $0.severity == .error }) { configuration = nil }
        if configuration == nil, diagnostics.isEmpty {
            // Unreachable: whatever is missing is reported. The diagnostic keeps an empty configuration from passing if
            // it is not.
            let span = SourceSpan(line: 1, column: 1, length: 0)
            diagnostics = [Diagnostic(.document(.unreadable(reason: "nothing was read")), at: span)]
        }
        var result = LoadResult(sources: self.sources, diagnostics: diagnostics, configuration: configuration)
        result.patternDirectories = self.patternDirectories.sorted()
        result.isCut = self.counts.values.contains { $0 > self.limits.findings }
        return result
    }

    /// Parses a file into a tree and adds it to the sources.
    ///
    /// - Parameters:
    ///   - content: The bytes of the file, or the reason why there are none.
    ///   - name: The file's name in messages.
    ///   - include: The pattern that led to the file; a file that cannot be read is reported there.
    /// - Returns: The document, or `nil` if there is no text to parse.
    mutating func parse(_ content: FileAccess.Content, name: String, from include: TextRange?) -> YAMLDocument? {
        let file = self.sources.count
        var bytes: [UInt8] = []
        var failure: Problem?
        switch content {
        case .bytes(let content): bytes = content
        case .tooLarge: failure = .document(.tooManyBytes(limit: self.limits.bytes))
        case .directory: failure = .document(.directory)
        case .irregular: failure = .include(.irregular(name))
        case .failed(let number):
            let reason = FileAccess.reason(number)
            failure =
                include == nil ? .document(.unreadable(reason: reason)) : .include(.unreadable(name, reason: reason))
        }
        self.bytes += bytes.count
        if self.bytes > self.limits.bytes { failure = .document(.tooManyBytes(limit: self.limits.bytes)) }
        if case .document(.tooManyBytes) = failure { self.isTooLarge = true }
        if let failure {
            self.isIncomplete = true
            if include == nil { self.sources.append(SourceFile(name: name, bytes: [], isReadable: false)) }
            self.report(failure, at: include ?? TextRange(file: file, start: 0, end: 0))
            return nil
        }
        let source = SourceFile(name: name, bytes: bytes)
        self.sources.append(source)
        var parser = YAMLParser(source, file: file, nodes: self.nodes, limits: self.limits)
        let document = parser.parse()
        self.nodes = parser.nodes
        for finding in document.findings { self.report(finding) }
        if !document.isComplete { self.isIncomplete = true }
        return document
    }

    /// The number of bytes that the next file may have.
    var bytesLeft: Int { max(0, self.limits.bytes - self.bytes) }

    // MARK: - Reports

    /// Reports a problem, with the alias that its value was reached through.
    mutating func report(_ problem: Problem, at range: TextRange, related: [(message: String, range: TextRange)] = []) {
        var related = related
        if let alias, alias != range { related.append(("used through this alias", alias)) }
        self.report(Finding(problem, at: range, related: related))
    }

    /// Whether there are more errors than are reported: nothing that is read from here on can change the verdict.
    var isFull: Bool { self.counts[.error, default: 0] > self.limits.findings }

    /// Keeps a finding, unless there are too many of its severity already.
    private mutating func report(_ finding: Finding) {
        let severity = finding.problem.wording.code.severity
        self.counts[severity, default: 0] += 1
        if self.counts[severity, default: 0] <= self.limits.findings { self.findings.append(finding) }
    }

    /// The findings without duplicates, in file order.
    private var diagnostics: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return self.findings
            .map { finding in
                let related = finding.related.map { RelatedSpan($0.message, at: self.span(of: $0.range)) }
                return Diagnostic(finding.problem, at: self.span(of: finding.range), related: related)
            }
            .filter { seen.insert(Diagnostic($0.problem, at: $0.span)).inserted }
            .enumerated()
            .sorted { ($0.element.span, $0.offset) < ($1.element.span, $1.offset) }
            .map(\.element)
    }

    /// Returns the lines and columns of a range of any file.
    private func span(of range: TextRange) -> SourceSpan {
        guard self.sources.indices.contains(Int(range.file)) else { return SourceSpan(line: 1, column: 1, length: 0) }
        return self.sources[Int(range.file)].span(of: range)
    }
}
