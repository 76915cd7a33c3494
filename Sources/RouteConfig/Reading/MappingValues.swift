/// The entries of one mapping by key, for the reader of its section.
struct MappingValues {
    var section: KeySection
    /// What was written, also under a misspelt key where the right one is missing.
    var entries: [Key: YAMLEntry] = [:]
    /// The mapping itself.
    var node: YAMLNode

    subscript(key: Key) -> YAMLEntry? { self.entries[key] }
}

extension ConfigurationReader {
    /// The entries of a mapping, after a report of those that do not belong there; `nil` if it is none.
    mutating func values(of node: YAMLNode, in section: KeySection, called name: String) -> MappingValues? {
        var values = MappingValues(section: section, node: node)
        guard case .mapping(let entries) = node.content else {
            // A section with all its keys commented out means its defaults.
            if node.isEmpty, section != .route { return values }
            self.reportWrongType(name, expected: "a mapping", node, help: self.mappingHelp(section))
            return nil
        }
        var unknown: [YAMLEntry] = []
        for entry in entries {
            if let key = KeyTable.key(entry.key, in: section) {
                values.entries[key] = entry
            } else {
                unknown.append(entry)
            }
        }
        if unknown.isEmpty { return values }
        for entry in unknown { self.reportUnknown(entry, in: &values) }
        return values
    }

    /// Reports a key that is not known, and takes its value for that of the key which was probably meant, if that is missing.
    private mutating func reportUnknown(_ entry: YAMLEntry, in values: inout MappingValues) {
        let section = values.section
        let home = KeyTable.home(of: entry.key)
        var suggestion = Suggestion.nearest(to: entry.key, among: KeyTable.keys(in: section).map(\.name))
        // A key of another section is in the wrong place rather than misspelt.
        if let meant = suggestion, home != nil, Suggestion.distance(Array(meant.utf8), Array(entry.key.utf8)) > 1 {
            suggestion = nil
        }
        self.report(
            .shape(.unknownKey(entry.key, section: section, suggestion: suggestion, home: home)),
            at: entry.keyRange
        )
        if let suggestion, let key = KeyTable.key(suggestion, in: section), values[key] == nil {
            values.entries[key] = entry
        }
    }

    /// How a mapping of the section is begun.
    private func mappingHelp(_ section: KeySection) -> String {
        switch section {
        case .file: "begin the file with `routes:`"
        case .listen, .names, .sessions: "write its keys on the lines below, indented"
        case .route: "write `- name: NAME`, and `backend: HOST` on the line below it, indented alike"
        }
    }

    /// Reports a value of another kind than expected: the place of the value, or of its key where nothing is written.
    mutating func reportWrongType(
        _ name: String,
        expected: String,
        _ node: YAMLNode,
        key: TextRange? = nil,
        help: String? = nil
    ) {
        if case .unknown = node.content {
            self.isIncomplete = true
        } else if node.isEmpty {
            self.report(.shape(.noValue(name, expected: expected)), at: key ?? node.place)
        } else {
            self.report(
                .shape(.wrongType(name, expected: expected, found: node.phrase, help: help)),
                at: self.firstLine(of: node.place)
            )
        }
    }

    /// The part of a range that is on its first line: enough to show where a list or mapping begins.
    func firstLine(of range: TextRange) -> TextRange {
        guard self.sources.indices.contains(Int(range.file)) else { return range }
        let text = self.sources[Int(range.file)].bytes(of: range, limit: 1024)
        let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let length = line.count { $0 & 0xC0 != 0x80 }
        return line.count == text.count ? range : range.part(offset: 0, length: length)
    }
}
