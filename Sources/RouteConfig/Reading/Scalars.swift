import NetBIOS

extension ConfigurationReader {
    /// The value of a key that holds one scalar; `nil` when it is left out or was reported.
    mutating func value<Value>(
        _ key: Key,
        in values: MappingValues,
        _ parse: (String) throws(Flaw) -> Value
    ) -> Located<Value>? {
        guard let entry = values[key] else { return nil }
        let type = KeyTable.description(of: key).type
        guard let text = self.text(of: entry.value, key: entry, type: type, help: self.scalarHelp(key)) else {
            return nil
        }
        return self.parsed(text, entry.value, key: entry.keyRange, parse)
    }

    /// The value of a key that may be `none`: `.some(nil)` for that, `nil` when it is left out or was reported.
    mutating func optional<Value>(
        _ key: Key,
        in values: MappingValues,
        _ parse: (String) throws(Flaw) -> Value
    ) -> Located<Value?>? {
        self.value(key, in: values) { (text) throws(Flaw) -> Value? in
            text == "none" ? nil : try parse(text)
        }
    }

    /// The values of a key that holds a list, or one entry without the brackets; `nil` when it is left out or was reported.
    ///
    /// Entries that are there twice are reported and taken once, unless `keepsDuplicates`.
    mutating func list<Value: Hashable>(
        _ key: Key,
        in values: MappingValues,
        keepsDuplicates: Bool = false,
        _ parse: (String) throws(Flaw) -> Value
    ) -> LocatedList<Value>? {
        guard let entry = values[key] else { return nil }
        guard case .list(let type) = KeyTable.description(of: key).type else { return nil }
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
        var seen: [Value: TextRange] = [:]
        for item in items {
            guard let text = self.text(of: item, key: entry, type: type, help: nil),
                let value = self.parsed(text, item, key: item.place, parse)
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
        }
        return list
    }

    /// The text of a scalar; `nil` after a report that it is none.
    private mutating func text(of node: YAMLNode, key: YAMLEntry, type: ValueType, help: String?) -> String? {
        if case .scalar(let text, _) = node.content, !node.isEmpty || type.takesEmptyText { return text }
        self.reportWrongType(key.key, expected: type.phrase, node, key: key.keyRange, help: help)
        return nil
    }

    /// The value of a text, or a report of the part of it that is wrong.
    private mutating func parsed<Value>(
        _ text: String,
        _ node: YAMLNode,
        key: TextRange,
        _ parse: (String) throws(Flaw) -> Value
    ) -> Located<Value>? {
        do throws(Flaw) {
            return Located(value: try parse(text), range: node.range)
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

    /// The place of some code points of a scalar; all of it where escapes or line folds hide which they are.
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

    /// What to do about a list where one value belongs.
    private func scalarHelp(_ key: Key) -> String? {
        if key == .routeBackend {
            return
                "for several servers write `backends: [A, B]`; an IPv6 address goes between quotes: `\"[2001:db8::1]:445\"`"
        }
        return key == .routeName ? "for several names write the others as `aliases: [A, B]`" : nil
    }
}

/// The entries of a list, and where it was written.
struct LocatedList<Value> {
    var items: [Located<Value>] = []
    /// The list, or its first line.
    var range: TextRange
    /// Whether no entry was refused.
    var isComplete = true

    /// The entries without their places.
    var values: [Value] { self.items.map(\.value) }
    /// Whether nothing was written between the brackets.
    var isEmpty: Bool { self.items.isEmpty && self.isComplete }
}

extension ValueType {
    /// Whether a missing value is read as an empty text, which has a message of its own.
    fileprivate var takesEmptyText: Bool { self == .name }
}

// MARK: - Values with limits from the key table

extension ConfigurationReader {
    /// A port from 1 to 65535.
    mutating func port(_ key: Key, in values: MappingValues) -> UInt16? {
        self.value(key, in: values, NumberText.port)?.value
    }

    /// A duration that cannot be `none`.
    mutating func duration(_ key: Key, in values: MappingValues) -> Duration? {
        guard case .duration(let minimum) = KeyTable.description(of: key).type else { return nil }
        return self.value(key, in: values) { (text) throws(Flaw) in
            try DurationText.duration(text, minimum: minimum, orNone: false)
        }?.value
    }

    /// A duration that may be `none`: `.some(nil)` for that, `nil` when it is left out or was reported.
    mutating func optionalDuration(_ key: Key, in values: MappingValues) -> Duration?? {
        guard case .optional(.duration(let minimum)) = KeyTable.description(of: key).type else { return nil }
        let written = self.optional(key, in: values) { (text) throws(Flaw) in
            try DurationText.duration(text, minimum: minimum, orNone: true)
        }
        return written.map(\.value)
    }

    /// A number that cannot be `none`.
    mutating func count(_ key: Key, in values: MappingValues) -> Int? {
        guard case .count(let maximum) = KeyTable.description(of: key).type else { return nil }
        return self.value(key, in: values) { (text) throws(Flaw) in
            try NumberText.count(text, maximum: maximum, orNone: false)
        }?.value
    }

    /// A number that may be `none`: `.some(nil)` for that, `nil` when it is left out or was reported.
    mutating func optionalCount(_ key: Key, in values: MappingValues) -> Int?? {
        guard case .optional(.count(let maximum)) = KeyTable.description(of: key).type else { return nil }
        let written = self.optional(key, in: values) { (text) throws(Flaw) in
            try NumberText.count(text, maximum: maximum, orNone: true)
        }
        return written.map(\.value)
    }

    /// One of the key's words.
    mutating func choice(_ key: Key, in values: MappingValues) -> Located<String>? {
        guard case .choice(let choices) = KeyTable.description(of: key).type else { return nil }
        return self.value(key, in: values) { (text) throws(Flaw) in try NumberText.choice(text, of: choices) }
    }

    /// One of the key's words, as a value of its enumeration.
    mutating func choice<Choice: RawRepresentable<String>>(_ key: Key, in values: MappingValues, as: Choice.Type)
        -> Choice?
    {
        self.choice(key, in: values).flatMap { Choice(rawValue: $0.value) }
    }
}
