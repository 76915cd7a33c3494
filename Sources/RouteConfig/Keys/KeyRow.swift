/// A receiver of the values of a section.
protocol KeyDraft: SendableMetatype {
    /// Notes where a value was written that could be read at least in part.
    mutating func note(_ range: TextRange, at place: PartialKeyPath<Self>)

    /// Notes that a value was written that could not be read, or not as a whole.
    mutating func refuse(_ place: PartialKeyPath<Self>)
}

/// One row of ``KeyTable``: a key, how its value is read, and where in a draft it is stored.
struct KeyRow<Draft: KeyDraft>: Sendable {
    typealias Place<Value> = any WritableKeyPath<Draft, Value> & Sendable
    typealias Check = @Sendable (inout ConfigurationReader, MappingValues, inout Draft) -> Void

    var key: Key
    /// The keys of the section that is the key's value.
    private(set) var nested: KeyList?
    /// Stores the value of an entry, or reports why there is none.
    private let read: @Sendable (inout ConfigurationReader, YAMLEntry, Key, inout Draft) -> Void
    /// Runs after the key is read, also where it is not written: checks it against the keys before it.
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

    /// Stores the value of an entry in a draft, or reports why there is none.
    func read(_ entry: YAMLEntry, with reader: inout ConfigurationReader, into draft: inout Draft) {
        self.read(&reader, entry, self.key, &draft)
    }

    /// The row with a check.
    func checked(_ check: @escaping Check) -> Self {
        var row = self
        row.check = check
        return row
    }

    /// The row with the help of the error for a list in place of the one value.
    func ifList(_ help: String) -> Self {
        var row = self
        row.key.listHelp = help
        return row
    }

    /// The row with the help of the error for an empty list.
    func ifEmpty(_ help: String) -> Self {
        var row = self
        row.key.emptyHelp = help
        return row
    }

    /// The row of a key that included files may have, too.
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

    /// A single value that is stored with its place in the file.
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

    /// A list of `count` values, or one of them without the brackets.
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
    /// Entries that are there twice are reported and taken once, unless `keepsDuplicates`.
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

    /// A mapping with keys of its own, which is stored at a place as a whole.
    static func section<Value>(_ path: String, _ help: String, _ rows: KeyRows<Draft>, _ place: Place<Value>) -> Self {
        Self(Key(path, .section(rows.list.section), .unspecified, help), nested: rows.list) { reader, entry, _, draft in
            guard let values = reader.values(of: entry.value, rows.list) else { return draft.refuse(place) }
            reader.read(values, rows, into: &draft)
        }
    }

    /// A list of mappings, each of which `read` takes in.
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
    /// For each row whether it matters also where its key is not written.
    let unconditional: [Bool]
    /// The keys of the rows, in the same order.
    let list: KeyList

    init(_ section: KeySection, _ rows: [KeyRow<Draft>]) {
        self.rows = rows
        self.unconditional = rows.map { $0.check != nil || $0.key.fallback == .required }
        self.list = KeyList(section, rows.map(\.key), nested: rows.map(\.nested))
    }
}

/// The keys of one section, in the order of the table.
struct KeyList: Sendable {
    let section: KeySection
    let keys: [Key]
    /// The keys of the section that a key's value is, beside the key.
    private let nested: [KeyList?]
    /// Positions in ``keys`` by name.
    private let positions: [String: Int]

    fileprivate init(_ section: KeySection, _ keys: [Key], nested: [KeyList?]) {
        self.section = section
        self.keys = keys
        self.nested = nested
        self.positions = Dictionary(keys.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    /// Where in ``keys`` the key with a name is.
    func position(of name: String) -> Int? { self.positions[name] }

    /// The keys, each followed by those of the section that is its value.
    var all: [Key] { zip(self.keys, self.nested).flatMap { key, list in [key] + (list?.all ?? []) } }

    /// The list itself, then those of the sections that its keys have as values.
    var lists: [KeyList] { [self] + self.nested.flatMap { $0?.lists ?? [] } }
}
