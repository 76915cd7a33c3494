/// The values of a section while they are read.
protocol KeyDraft: SendableMetatype {
    /// Records where a value was written that could be read at least in part.
    mutating func note(_ range: TextRange, at place: PartialKeyPath<Self>)

    /// Records that a value could not be read, or not completely.
    mutating func refuse(_ place: PartialKeyPath<Self>)
}

/// A row of ``KeyTable``: a key, the reader of its value, and the property of a draft that stores it.
struct KeyRow<Draft: KeyDraft>: Sendable {
    typealias Place<Value> = any WritableKeyPath<Draft, Value> & Sendable
    typealias Check = @Sendable (inout ConfigurationReader, MappingValues, inout Draft) -> Void

    var key: Key
    /// The keys of the section that is the key's value.
    private(set) var nested: KeyList?
    /// Reads the value of an entry and stores it, or reports why it cannot.
    private let read: @Sendable (inout ConfigurationReader, YAMLEntry, Key, inout Draft) -> Void
    /// Checks the value against the keys before it. Runs after the key is read, and also if the key is missing.
    private(set) var check: Check?

    private init(
        _ key: Key,
        nested: KeyList? = nil,
        _ read: @escaping @Sendable (inout ConfigurationReader, YAMLEntry, Key, inout Draft) -> Void
    ) {
        self.key = key
        self.nested = nested
        self.read = read
    }

    /// Reads the value of an entry into a draft, or reports why it cannot.
    func read(_ entry: YAMLEntry, with reader: inout ConfigurationReader, into draft: inout Draft) {
        self.read(&reader, entry, self.key, &draft)
    }

    /// Returns the row with a check.
    func checked(_ check: @escaping Check) -> Self {
        var row = self
        row.check = check
        return row
    }

    /// Returns the row with the help of the error for a list where one value is expected.
    func ifList(_ help: String) -> Self {
        var row = self
        row.key.listHelp = help
        return row
    }

    /// Returns the row with the help of the error for an empty list.
    func ifEmpty(_ help: String) -> Self {
        var row = self
        row.key.emptyHelp = help
        return row
    }

    /// Returns the row of a key that is allowed in included files.
    func includable() -> Self {
        var row = self
        row.key.isIncludable = true
        return row
    }
}

// MARK: - The kinds of rows

extension KeyRow {
    /// A single value.
    static func value<Value>(
        _ path: String,
        _ format: ValueFormat<Value>,
        default fallback: KeyDefault,
        _ help: String,
        _ place: Place<Value>
    ) -> Self {
        Self(Key(path, format.type, fallback, help)) { reader, entry, key, draft in
            guard let value = reader.value(of: entry, key, format) else { return draft.refuse(place) }
            draft[keyPath: place] = value.value
            draft.note(value.range, at: place)
        }
    }

    /// A single value, stored with its place in the file.
    static func value<Value>(
        _ path: String,
        _ format: ValueFormat<Value>,
        default fallback: KeyDefault,
        _ help: String,
        located place: Place<Located<Value>?>
    ) -> Self {
        Self(Key(path, format.type, fallback, help)) { reader, entry, key, draft in
            draft[keyPath: place] = reader.value(of: entry, key, format)
            if draft[keyPath: place] == nil { draft.refuse(place) }
        }
    }

    /// A list of `count` values, or one value without the brackets.
    static func list<Value: Hashable & SendableMetatype>(
        _ path: String,
        of format: ValueFormat<Value>,
        count: ClosedRange<Int> = 0...Int.max,
        default fallback: KeyDefault,
        _ help: String,
        _ place: Place<[Value]>
    ) -> Self {
        Self(Key(path, .list(of: format.type, count: count), fallback, help)) { reader, entry, key, draft in
            guard let list = reader.list(of: entry, key, format) else { return draft.refuse(place) }
            draft[keyPath: place] = list.values
            draft.note(list.range, at: place)
            if !list.isComplete { draft.refuse(place) }
        }
    }

    /// A list whose entries are stored with their places in the file.
    ///
    /// Duplicate entries are reported and dropped, unless `keepsDuplicates`.
    static func list<Value: Hashable & SendableMetatype>(
        _ path: String,
        of format: ValueFormat<Value>,
        count: ClosedRange<Int> = 0...Int.max,
        keepsDuplicates: Bool = false,
        default fallback: KeyDefault,
        _ help: String,
        located place: Place<LocatedList<Value>?>
    ) -> Self {
        Self(Key(path, .list(of: format.type, count: count), fallback, help)) { reader, entry, key, draft in
            draft[keyPath: place] = reader.list(of: entry, key, format, keepsDuplicates: keepsDuplicates)
            if draft[keyPath: place] == nil { draft.refuse(place) }
        }
    }

    /// A mapping with keys of its own.
    static func section<Value>(_ path: String, _ help: String, _ rows: KeyRows<Draft>, _ place: Place<Value>) -> Self {
        Self(Key(path, .section(rows.list.section), .unspecified, help), nested: rows.list) { reader, entry, _, draft in
            guard let values = reader.values(of: entry.value, rows.list) else { return draft.refuse(place) }
            reader.read(values, rows, into: &draft)
        }
    }

    /// A list of mappings; `read` reads each of them.
    static func mappings(
        _ path: String,
        _ help: String,
        _ keys: KeyList,
        _ read: @escaping @Sendable (inout ConfigurationReader, YAMLEntry) -> Void
    ) -> Self {
        Self(Key(path, .mappings(keys.section), .unspecified, help), nested: keys) { reader, entry, _, _ in
            read(&reader, entry)
        }
    }
}

/// The rows of one section.
struct KeyRows<Draft: KeyDraft>: Sendable {
    let rows: [KeyRow<Draft>]
    /// For each row, whether it is processed even if its key is missing.
    let unconditional: [Bool]
    /// The keys of the rows, in the same order.
    let list: KeyList

    init(_ section: KeySection, _ rows: [KeyRow<Draft>]) {
        self.rows = rows
        self.unconditional = rows.map { $0.check != nil || $0.key.fallback == .required }
        self.list = KeyList(section, rows.map(\.key), nested: rows.map(\.nested))
    }
}

/// The keys of one section, in table order.
struct KeyList: Sendable {
    let section: KeySection
    let keys: [Key]
    /// For each key, the keys of the section that is its value.
    private let nested: [KeyList?]
    /// Positions in ``keys`` by name.
    private let positions: [String: Int]

    fileprivate init(_ section: KeySection, _ keys: [Key], nested: [KeyList?]) {
        self.section = section
        self.keys = keys
        self.nested = nested
        self.positions = Dictionary(keys.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    /// Returns the index in ``keys`` of the key with a name.
    func position(of name: String) -> Int? { self.positions[name] }

    /// The keys, each followed by the keys of the section that is its value.
    var all: [Key] { zip(self.keys, self.nested).flatMap { key, list in [key] + (list?.all ?? []) } }

    /// This list, followed by the lists of nested sections.
    var lists: [KeyList] { [self] + self.nested.flatMap { $0?.lists ?? [] } }
}
