import NetBIOS

extension ConfigurationReader {
    /// Returns the value of a key that holds one scalar; reports an invalid one and returns `nil`.
    mutating func value<Value>(of entry: YAMLEntry, _ key: Key, _ format: ValueFormat<Value>) -> Located<Value>? {
        guard let text = self.text(of: entry.value, key: entry, type: format.type, help: key.listHelp),
            let value = self.parsed(text, entry.value, key: entry.keyRange, format)
        else { return nil }
        if let warning = format.warning?(text, value.value) { self.report(.value(warning), at: value.range) }
        return value
    }

    /// Returns the values of a key that holds a list, or one entry without the brackets; `nil` if it is reported as a
    /// whole.
    ///
    /// Duplicate entries are reported and dropped, unless `keepsDuplicates`.
    mutating func list<Value: Hashable>(
        of entry: YAMLEntry,
        _ key: Key,
        _ format: ValueFormat<Value>,
        keepsDuplicates: Bool = false
    ) -> LocatedList<Value>? {
        var list = LocatedList<Value>(range: self.firstLine(of: entry.value.place))
        let items: [YAMLNode]
        switch entry.value.content {
        case .sequence(let entries): items = entries
        case .scalar where !entry.value.isEmpty: items = [entry.value]
        case .scalar, .mapping, .unknown:
            let help = "write `[]` for an empty list, or remove the key"
            self.reportWrongType(key.name, expected: "a list", entry.value, key: entry.keyRange, help: help)
            return nil
        }
        // `backends` is the only list with a maximum.
        if case .list(_, let count) = key.type, items.count > count.upperBound {
            self.report(
                .shape(.tooManyBackends(count: items.count, limit: count.upperBound)),
                at: items[count.upperBound].place,
                related: [("the list is here", entry.keyRange)]
            )
        }
        var seen: [Value: TextRange] = [:]
        var warnings: [Located<ValueProblem>] = []
        for item in items where !self.isFull {
            guard let text = self.text(of: item, key: entry, type: format.type, help: nil),
                let value = self.parsed(text, item, key: item.place, format)
            else {
                list.isComplete = false
                continue
            }
            if !keepsDuplicates, let first = seen[value.value] {
                self.report(
                    .shape(.duplicateEntry(text, key: key.name)),
                    at: value.range,
                    related: [("first written here", first)]
                )
                continue
            }
            if !keepsDuplicates, items.count > 1 { seen[value.value] = value.range }
            list.items.append(value)
            if let warning = format.warning?(text, value.value) {
                warnings.append(Located(value: warning, range: value.range))
            }
        }
        for warning in warnings { self.report(.value(warning.value), at: warning.range) }
        if list.isEmpty, let help = key.emptyHelp {
            self.report(.shape(.emptyList(key.name, help: help)), at: list.range)
        }
        return list
    }

    /// Returns the text of a scalar; reports any other value and returns `nil`.
    private mutating func text(of node: YAMLNode, key: YAMLEntry, type: ValueType, help: String?) -> String? {
        if case .scalar(let text, _) = node.content, !node.isEmpty || type.takesEmptyText { return text }
        self.reportWrongType(key.key, expected: type.phrase, node, key: key.keyRange, help: help)
        return nil
    }

    /// Parses a text, or reports the part of it that is wrong.
    private mutating func parsed<Value>(
        _ text: String,
        _ node: YAMLNode,
        key: TextRange,
        _ format: ValueFormat<Value>
    ) -> Located<Value>? {
        do throws(Flaw) {
            return Located(value: try format.parse(text, false), range: node.range)
        } catch {
            let before = self.alias
            self.alias = node.alias ?? self.alias
            let range =
                node.isEmpty ? key : error.part.map { self.part($0, of: node) } ?? self.firstLine(of: node.range)
            self.report(.value(error.problem), at: range)
            self.alias = before
            return nil
        }
    }

    /// Returns the range of some code points of a scalar; its whole range if escapes or line folds hide the offsets.
    private func part(_ part: Range<Int>, of node: YAMLNode) -> TextRange {
        guard case .scalar(let text, let style) = node.content else { return node.range }
        let written = Int(node.range.end) - Int(node.range.start)
        let length = text.unicodeScalars.count
        switch style {
        case .plain where written == length: return node.range.part(offset: part.lowerBound, length: part.count)
        case .quoted where written == length + 2:
            return node.range.part(offset: part.lowerBound + 1, length: part.count)
        case .plain, .quoted, .block: return self.firstLine(of: node.range)
        }
    }
}

/// The entries of a list, and its place.
struct LocatedList<Value> {
    var items: [Located<Value>] = []
    /// The entire list, or its first line.
    var range: TextRange
    /// Whether all entries were accepted.
    var isComplete = true

    /// The entries without their places.
    var values: [Value] { self.items.map(\.value) }
    /// Whether the list was written without entries.
    var isEmpty: Bool { self.items.isEmpty && self.isComplete }
}
