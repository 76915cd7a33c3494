/// The entries of a mapping, indexed by the keys of its section.
struct MappingValues {
    let list: KeyList
    /// The mapping itself.
    let node: YAMLNode
    private let entries: [YAMLEntry]
    /// For each key of the list, the index of its entry; a misspelt key stands in for a missing one.
    private var positions: [Int?]

    init(_ node: YAMLNode, _ entries: [YAMLEntry], _ list: KeyList) {
        self.list = list
        self.node = node
        self.entries = entries
        self.positions = Array(repeating: nil, count: list.keys.count)
    }

    /// Whether a key has an entry, by the key's position in the list.
    func isWritten(_ position: Int) -> Bool { self.positions[position] != nil }

    /// The entry of a key by the key's position in the list.
    subscript(position: Int) -> YAMLEntry? { self.positions[position].map { self.entries[$0] } }

    /// The entry of the key with a name.
    subscript(name: String) -> YAMLEntry? { self.list.position(of: name).flatMap { self[$0] } }

    /// Assigns each entry with a known key to that key.
    ///
    /// - Returns: The indices of the other entries.
    fileprivate mutating func assign() -> [Int] {
        var unknown: [Int] = []
        for (index, entry) in self.entries.enumerated() {
            if let position = self.list.position(of: entry.key) {
                self.positions[position] = index
            } else {
                unknown.append(index)
            }
        }
        return unknown
    }

    /// Assigns an entry to the key with a name, unless the key already has one.
    fileprivate mutating func assign(entry index: Int, to name: String) {
        guard let position = self.list.position(of: name), self.positions[position] == nil else { return }
        self.positions[position] = index
    }
}

extension ConfigurationReader {
    /// Reads the keys of a section in the order of their rows.
    mutating func read<Draft>(_ values: MappingValues, _ section: KeyRows<Draft>, into draft: inout Draft) {
        for position in section.rows.indices where values.isWritten(position) || section.unconditional[position] {
            let row = section.rows[position]
            if let entry = values[position] {
                row.read(entry, with: &self, into: &draft)
            } else if row.key.fallback == .required {
                let problem = ShapeProblem.missingKey(row.key.name, section: section.list.section)
                self.report(.shape(problem), at: self.start(of: values.node))
            }
            row.check?(&self, values, &draft)
        }
    }

    /// Returns the entries of a mapping and reports unknown keys; `nil` if the value is not a mapping.
    mutating func values(of node: YAMLNode, _ list: KeyList) -> MappingValues? {
        guard case .mapping(let entries) = node.content else {
            if node.isEmpty, list.section.mayBeEmpty { return MappingValues(node, [], list) }
            self.reportWrongType(list.section.name, expected: "a mapping", node, help: list.section.help)
            return nil
        }
        var values = MappingValues(node, entries, list)
        for index in values.assign() where !self.isFull {
            // The value of a misspelt key is taken for that of the key which was probably meant.
            if let meant = self.reportUnknown(entries[index], in: list) { values.assign(entry: index, to: meant) }
        }
        return values
    }

    /// Reports an unknown key.
    ///
    /// - Returns: The name of the suggested key.
    private mutating func reportUnknown(_ entry: YAMLEntry, in list: KeyList) -> String? {
        let home = KeyTable.home(of: entry.key)
        var suggestion = Suggestion.nearest(to: entry.key, among: list.keys.map(\.name))
        // A key of another section is misplaced, not misspelt.
        if let meant = suggestion, home != nil, Suggestion.distance(Array(meant.utf8), Array(entry.key.utf8)) > 1 {
            suggestion = nil
        }
        self.report(
            .shape(.unknownKey(entry.key, section: list.section, suggestion: suggestion, home: home)),
            at: entry.keyRange
        )
        return suggestion
    }

    /// Returns the start of a mapping: the alias that it was reached through, or its first key.
    func start(of node: YAMLNode) -> TextRange {
        if let alias = node.alias { return alias }
        guard case .mapping(let entries) = node.content, let first = entries.first,
            first.keyRange.file == node.range.file, first.keyRange.start >= node.range.start
        else { return self.firstLine(of: node.range) }
        return first.keyRange
    }

    /// Reports a value of the wrong type at the place of the value, or of its key if the value is empty.
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

    /// Returns the part of a range on its first line, which suffices to show where a list or mapping begins.
    func firstLine(of range: TextRange) -> TextRange {
        guard self.sources.indices.contains(Int(range.file)) else { return range }
        let text = self.sources[Int(range.file)].bytes(of: range, limit: 1024)
        let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let length = line.count { $0 & 0xC0 != 0x80 }
        return line.count == text.count ? range : range.part(offset: 0, length: length)
    }
}
