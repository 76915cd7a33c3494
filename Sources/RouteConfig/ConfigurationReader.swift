/// Reads routes.yaml and what it includes: a configuration, or every problem that there is.
///
/// A pure function of the files: `check`, `run` and a reload get the same verdict from it on every machine.
public struct ConfigurationReader {
    let limits: DocumentLimits
    /// What was read so far.
    var sources: [SourceFile] = []
    /// At most as many errors and as many warnings as the limits say.
    private var findings: [Finding] = []
    private var counts: [Severity: Int] = [:]
    /// Files by where they are stored, so that none is read twice.
    var identities: Set<FileIdentity> = []
    /// The directories that wildcards of `include` were looked for in.
    var patternDirectories: Set<String> = []
    private var bytes = 0
    private var nodes = 0
    /// How many names wildcards may still be compared with.
    var namesLeft: Int
    /// Routes of all files, also those with errors.
    var drafts: [RouteDraft] = []
    /// Whether something could not be read, so that what seems to be missing may be there.
    var isIncomplete = false
    /// The alias through which the value that is being read got to its place.
    var alias: TextRange?

    /// A reader that has read nothing yet.
    init(limits: DocumentLimits = DocumentLimits()) {
        self.limits = limits
        self.namesLeft = limits.names
    }

    /// Reads a file and its includes.
    public static func load(file path: String) -> LoadResult { self.load(file: path, limits: DocumentLimits()) }

    /// Reads an open file, such as standard input, to its end. Includes are relative to the current directory.
    public static func load(descriptor: Int32, name: String) -> LoadResult {
        var reader = ConfigurationReader()
        return reader.load(name: name, directory: "") { FileAccess.read(descriptor: descriptor, limit: $0) }
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
        return reader.load(name: path, directory: directory) { FileAccess.read(path, limit: $0) }
    }

    /// Reads bytes as the file `name` within other limits.
    static func load(bytes: [UInt8], name: String, limits: DocumentLimits) -> LoadResult {
        var reader = ConfigurationReader(limits: limits)
        return reader.load(name: name, directory: "") { bytes.count > $0 ? .tooLarge : .bytes(bytes) }
    }

    /// Reads the main file and all that follows from it.
    ///
    /// - Parameters:
    ///   - name: What messages call the file.
    ///   - directory: What included paths are relative to: empty, or with a slash at its end.
    ///   - content: Reads at most as many bytes as it is given.
    /// - Returns: The configuration, or why there is none.
    private mutating func load(name: String, directory: String, content: (Int) -> FileAccess.Content) -> LoadResult {
        var configuration: RouterConfiguration?
        if let document = self.parse(content(self.limits.bytes), name: name, from: nil) {
            configuration = self.readFile(document, directory: directory)
        }
        var diagnostics = self.diagnostics
        if diagnostics.contains(where: { $0.severity == .error }) { configuration = nil }
        if configuration == nil, diagnostics.isEmpty {
            // Cannot be: whatever is missing is reported. Were it not, a file without configuration would pass.
            let span = SourceSpan(line: 1, column: 1, length: 0)
            diagnostics = [Diagnostic(.document(.unreadable(reason: "nothing was read")), at: span)]
        }
        var result = LoadResult(sources: self.sources, diagnostics: diagnostics, configuration: configuration)
        result.patternDirectories = self.patternDirectories.sorted()
        result.isCut = self.counts.values.contains { $0 > self.limits.findings }
        return result
    }

    /// Makes a tree of a file and adds it to the sources.
    ///
    /// - Parameters:
    ///   - content: What came of reading it.
    ///   - name: What messages call the file.
    ///   - include: The pattern that led to it, where a file that cannot be read is reported.
    /// - Returns: The document, or `nil` when there is no text to read.
    mutating func parse(_ content: FileAccess.Content, name: String, from include: TextRange?) -> YAMLDocument? {
        let file = self.sources.count
        var bytes: [UInt8] = []
        var failure: Problem?
        switch content {
        case .bytes(let content): bytes = content
        case .tooLarge: failure = .document(.tooManyBytes(limit: self.limits.bytes))
        case .directory: failure = .document(.directory)
        case .failed(let number):
            let reason = FileAccess.reason(number)
            failure =
                include == nil ? .document(.unreadable(reason: reason)) : .include(.unreadable(name, reason: reason))
        }
        self.bytes += bytes.count
        if self.bytes > self.limits.bytes { failure = .document(.tooManyBytes(limit: self.limits.bytes)) }
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

    /// How many bytes the next file may have.
    var bytesLeft: Int { max(0, self.limits.bytes - self.bytes) }

    // MARK: - Reports

    /// Reports a problem, with the alias through which it got there.
    mutating func report(_ problem: Problem, at range: TextRange, related: [(message: String, range: TextRange)] = []) {
        var related = related
        if let alias, alias != range { related.append(("used through this alias", alias)) }
        self.report(Finding(problem, at: range, related: related))
    }

    /// Keeps a finding, unless there are too many of its severity already.
    private mutating func report(_ finding: Finding) {
        let severity = finding.problem.wording.code.severity
        self.counts[severity, default: 0] += 1
        if self.counts[severity, default: 0] <= self.limits.findings { self.findings.append(finding) }
    }

    /// What was found, in file order, each once.
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

    /// Lines and columns of a range in whichever file it is in.
    private func span(of range: TextRange) -> SourceSpan {
        guard self.sources.indices.contains(Int(range.file)) else { return SourceSpan(line: 1, column: 1, length: 0) }
        return self.sources[Int(range.file)].span(of: range)
    }
}
