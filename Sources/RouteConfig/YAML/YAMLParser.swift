/// The result of ``YAMLParser``.
struct YAMLDocument {
    /// The first document; `nil` if the text has none, or is not YAML.
    var root: YAMLNode?
    /// In the order in which they were found.
    var findings: [Finding] = []
    /// Whether the tree is complete, so that a missing key is missing from the file.
    var isComplete = true
}

/// Builds a tree from libyaml's events: resolves aliases and merge keys, refuses duplicate keys and enforces
/// ``DocumentLimits``.
struct YAMLParser {
    private let source: SourceFile
    private let file: Int
    private let limits: DocumentLimits
    private var document = YAMLDocument()
    /// The open collections, the outermost first.
    private var open: [OpenYAMLCollection] = []
    private var anchors: [String: YAMLNode] = [:]
    /// The number of values so far, with aliases expanded.
    private(set) var nodes: Int

    /// Makes a parser of one file; `nodes` is the number of values in the files read before.
    init(_ source: SourceFile, file: Int, nodes: Int = 0, limits: DocumentLimits = DocumentLimits()) {
        self.source = source
        self.file = file
        self.nodes = nodes
        self.limits = limits
    }

    /// Parses the text. Errors are among the findings.
    mutating func parse() -> YAMLDocument {
        var check = EncodingCheck(self.source, file: self.file)
        let isReadable = check.run()
        self.document.findings = check.findings
        guard isReadable else {
            self.document.isComplete = false
            return self.document
        }
        let isDone: Void? = YAMLEvents.withEvents(of: self.source.bytes) { events in
            do throws(YAMLParserFailure) {
                while try self.consume(events.next()) {}
            } catch {
                self.stop(error)
            }
        }
        if isDone == nil { self.stop(.unreadable(reason: "out of memory"), at: 0, 0) }
        return self.document
    }

    /// Processes an event; returns `false` at the end.
    private mutating func consume(_ step: (event: YAMLEvent, start: Int, end: Int)) -> Bool {
        switch step.event {
        case .streamStart, .documentEnd: return true
        case .streamEnd: return false
        case .documentStart:
            guard self.document.root != nil else { return true }
            self.report(.secondDocument, at: step.start, step.end)
            return false
        case .alias(let name): return self.addAlias(name, step.start, step.end)
        case .scalar(let text, let style, let anchor, let tag):
            var node = YAMLNode(content: .scalar(text, style), range: self.range(step.start, step.end), weight: 1)
            if (anchor != nil || tag != nil) && !node.isEmpty { node.range = self.withoutProperties(node.range) }
            if !self.accepts(tag, step.start, step.end) { node.content = .unknown }
            return self.count(self.isAtKey ? 0 : 1, at: node.range) && self.add(node, anchor: anchor)
        case .sequenceStart(let anchor, let tag):
            return self.begin(isMapping: false, anchor, tag, step.start, step.end)
        case .mappingStart(let anchor, let tag):
            return self.begin(isMapping: true, anchor, tag, step.start, step.end)
        case .sequenceEnd, .mappingEnd: return self.end(step.start, step.end)
        }
    }

    /// Whether the next value is a key.
    private var isAtKey: Bool { self.open.last.map { $0.isMapping && $0.key == nil } ?? false }

    /// Begins a list or mapping.
    private mutating func begin(isMapping: Bool, _ anchor: String?, _ tag: String?, _ start: Int, _ end: Int) -> Bool {
        guard self.open.count < self.limits.depth else {
            self.stop(.tooDeep(limit: self.limits.depth), at: start, max(end, start + 1))
            return false
        }
        // An alias to this anchor inside the collection would refer to the collection itself.
        if let anchor { self.anchors[anchor] = nil }
        let isUnknown = !self.accepts(tag, start, end)
        self.open.append(OpenYAMLCollection(isMapping: isMapping, isUnknown: isUnknown, start: start, anchor: anchor))
        return self.count(1, at: self.range(start, end))
    }

    /// Ends the innermost collection; in block style its range ends with its last entry.
    private mutating func end(_ start: Int, _ end: Int) -> Bool {
        guard var collection = self.open.popLast() else { return false }
        let last = collection.isMapping ? collection.entries.last?.value.place : collection.items.last?.place
        let keyEnd = collection.entries.last.map { Int($0.keyRange.end) } ?? 0
        // The end event of a block is empty, and positioned at the next token.
        let place = end > start ? end : max(Int(last?.end ?? 0), keyEnd, collection.start)
        guard self.merge(into: &collection) else { return false }
        var node = YAMLNode(
            content: collection.isMapping ? .mapping(collection.entries) : .sequence(collection.items),
            range: self.range(collection.start, place),
            weight: collection.weight
        )
        if collection.isUnknown { node.content = .unknown }
        return self.add(node, anchor: collection.anchor)
    }

    /// Adds a complete value to the enclosing collection.
    private mutating func add(_ node: YAMLNode, anchor: String?) -> Bool {
        if let anchor {
            self.anchors[anchor] = node
            guard self.anchors.count <= self.limits.anchors else {
                self.stop(.tooManyAnchors(limit: self.limits.anchors), at: Int(node.range.start), Int(node.range.end))
                return false
            }
        }
        guard let index = self.open.indices.last else {
            self.document.root = node
            return true
        }
        self.open[index].weight += node.weight
        guard self.open[index].isMapping else {
            self.open[index].items.append(node)
            return true
        }
        guard let key = self.open[index].key else {
            self.open[index].key = self.pendingKey(node)
            return true
        }
        self.open[index].key = nil
        self.addEntry(key, node, to: index)
        guard self.open[index].entries.count <= self.limits.keys else {
            self.stop(.tooManyKeys(limit: self.limits.keys), at: Int(node.place.start), Int(node.place.end))
            return false
        }
        return true
    }

    /// Returns a key; reports one that is not text.
    private mutating func pendingKey(_ node: YAMLNode) -> PendingYAMLKey {
        switch node.content {
        case .scalar(let text, let style): return .text(text, style, node.place)
        case .sequence, .mapping: self.report(.keyIsNotText, at: Int(node.place.start), Int(node.place.end))
        case .unknown: break
        }
        return .invalid
    }

    /// Adds an entry to a mapping, unless the key is a duplicate.
    private mutating func addEntry(_ key: PendingYAMLKey, _ value: YAMLNode, to index: Int) {
        guard case .text(let text, let style, let range) = key else { return }
        if text == "<<", style == .plain {
            if let first = self.open[index].mergeKey {
                self.report(duplicate: text, at: range, first: first)
            } else {
                self.open[index].mergeKey = range
                self.addMerge(value, to: index)
            }
        } else if let first = self.open[index].seen[text] {
            self.report(duplicate: text, at: range, first: self.open[index].entries[first].keyRange)
        } else {
            self.open[index].seen[text] = self.open[index].entries.count
            self.open[index].entries.append(YAMLEntry(key: text, keyRange: range, value: value))
        }
    }

    // MARK: - Aliases and merge keys

    /// Adds the value of an alias.
    private mutating func addAlias(_ name: String, _ start: Int, _ end: Int) -> Bool {
        let range = self.range(start, end)
        guard var node = self.anchors[name] else {
            let isInside = self.open.contains { $0.anchor == name }
            self.report(isInside ? .anchorInsideItself(name) : .unknownAnchor(name), at: start, end)
            self.document.isComplete = false
            let empty = YAMLNode(content: .unknown, range: range, weight: 1)
            return self.count(1, at: range) && self.add(empty, anchor: nil)
        }
        node.alias = range
        guard self.count(node.weight, at: range, isAlias: true) else { return false }
        return self.add(node, anchor: nil)
    }

    /// Stores the mappings of `<<` until the enclosing mapping is complete.
    private mutating func addMerge(_ value: YAMLNode, to index: Int) {
        switch value.content {
        case .mapping: self.open[index].merges.append(value)
        case .sequence(let items):
            for item in items {
                guard case .mapping = item.content else {
                    if case .unknown = item.content { continue }
                    self.report(.mergeOfNoMapping, at: Int(item.place.start), Int(item.place.end))
                    continue
                }
                self.open[index].merges.append(item)
            }
        case .unknown: break
        case .scalar: self.report(.mergeOfNoMapping, at: Int(value.place.start), Int(value.place.end))
        }
    }

    /// Adds the merged entries. The mapping's own entries take precedence over merged ones, and earlier merges over
    /// later ones.
    private mutating func merge(into collection: inout OpenYAMLCollection) -> Bool {
        for merged in collection.merges {
            guard case .mapping(let entries) = merged.content else { continue }
            for entry in entries where collection.seen[entry.key] == nil {
                guard self.count(entry.value.weight, at: merged.place, isAlias: true) else { return false }
                collection.seen[entry.key] = collection.entries.count
                var entry = entry
                entry.value.alias = entry.value.alias ?? merged.alias
                collection.entries.append(entry)
                collection.weight += entry.value.weight
            }
        }
        return true
    }

    // MARK: - Limits and reports

    /// Counts values towards the limit; returns `false` if it is exceeded.
    private mutating func count(_ nodes: Int, at range: TextRange, isAlias: Bool = false) -> Bool {
        self.nodes += nodes
        guard self.nodes > self.limits.nodes else { return true }
        let limit = self.limits.nodes
        self.stop(
            isAlias ? .aliasesTooLarge(limit: limit) : .tooManyNodes(limit: limit),
            at: Int(range.start),
            Int(range.end)
        )
        return false
    }

    /// Whether a tag has no effect: YAML's own types have none, since values are read as text. Reports other tags.
    private mutating func accepts(_ tag: String?, _ start: Int, _ end: Int) -> Bool {
        guard let tag, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return true }
        self.report(.tag(tag), at: start, min(max(end, start + 1), start + tag.unicodeScalars.count))
        return false
    }

    /// Returns the range of the value alone: libyaml's begins with its anchor and tag, `&` and `!`.
    private func withoutProperties(_ range: TextRange) -> TextRange {
        let bytes = self.source.bytes(of: range)
        var rest = bytes
        while let first = rest.first, first <= UInt8(ascii: " ") || "&!".utf8.contains(first) {
            let isSpace = first <= UInt8(ascii: " ")
            rest = rest.drop { ($0 <= UInt8(ascii: " ")) == isSpace }
        }
        let offset = bytes[..<rest.startIndex].count { $0 & 0xC0 != 0x80 }
        return rest.isEmpty ? range : range.part(offset: offset, length: Int(range.end - range.start) - offset)
    }

    /// Returns a range of the file that is being parsed.
    private func range(_ start: Int, _ end: Int) -> TextRange { TextRange(file: self.file, start: start, end: end) }

    /// Reports a problem at a range of code points.
    private mutating func report(_ problem: DocumentProblem, at start: Int, _ end: Int) {
        self.report(Finding(.document(problem), at: self.range(start, end)))
    }

    /// Keeps a finding, unless there are too many already: one more than is reported, so that the reader knows of it.
    private mutating func report(_ finding: Finding) {
        if self.document.findings.count <= self.limits.findings { self.document.findings.append(finding) }
    }

    /// Reports a duplicate key.
    private mutating func report(duplicate key: String, at range: TextRange, first: TextRange) {
        self.report(Finding(.shape(.duplicateKey(key)), at: range, related: [("first written here", first)]))
    }

    /// Reports an error that ends parsing.
    private mutating func stop(_ problem: DocumentProblem, at start: Int, _ end: Int) {
        self.report(problem, at: start, end)
        self.document.isComplete = false
        self.document.root = nil
    }

    /// Reports libyaml's error, after which it returns no more events.
    private mutating func stop(_ failure: YAMLParserFailure) {
        self.report(SyntaxFinding(failure, in: self.source, file: self.file).finding)
        self.document.isComplete = false
        self.document.root = nil
    }
}
