/// A value of a YAML document: its text as it was written, and where. Aliases and merge keys are resolved.
struct YAMLNode {
    var content: Content
    /// What was written; of an alias, what its anchor names.
    var range: TextRange
    /// The alias through which the value got here, if it did.
    var alias: TextRange?
    /// How many values it stands for, itself included, each alias counted with all that it stands for.
    var weight: Int

    /// The three kinds of values, and what could not be had.
    enum Content {
        case scalar(String, YAMLStyle)
        case sequence([YAMLNode])
        /// In the order of the text; what a merge key brought comes last.
        case mapping([YAMLEntry])
        /// An alias without its anchor, which is reported already.
        case unknown
    }

    /// Where the value is used: the alias, or the value itself.
    var place: TextRange { self.alias ?? self.range }

    /// Whether nothing was written: `key:` and the end of the line.
    var isEmpty: Bool {
        switch self.content {
        case .scalar(let text, .plain): text.isEmpty
        case .scalar, .sequence, .mapping, .unknown: false
        }
    }

    /// The text of a scalar.
    var text: String? {
        switch self.content {
        case .scalar(let text, _): text
        case .sequence, .mapping, .unknown: nil
        }
    }

    /// What the value is, as a phrase in a message.
    var phrase: String {
        switch self.content {
        case .scalar(let text, _): self.isEmpty ? "empty" : "the text \(text.quoted)"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .unknown: "unknown"
        }
    }
}

/// One `key: value`.
struct YAMLEntry {
    var key: String
    var keyRange: TextRange
    var value: YAMLNode
}

/// How a scalar was written.
enum YAMLStyle {
    case plain
    /// Between single or double quotes.
    case quoted
    /// Behind `|` or `>`.
    case block
}

/// What a configuration may take in all its files together.
struct DocumentLimits: Sendable {
    /// Bytes read; the rest of a larger file is not.
    var bytes = 16 * 1_048_576
    /// Values, aliases counted with all that they stand for; keys do not count.
    var nodes = 1_000_000
    /// Values inside values. Recursion over the tree goes no deeper.
    var depth = 32
    /// Keys of one mapping.
    var keys = 1_000
    /// Values with an anchor, in one file.
    var anchors = 10_000
    /// Included files.
    var files = 10_000
    /// Names in directories that wildcards of `include` are compared with.
    var names = 100_000
    /// Problems reported; the rest of a file with more is most likely no configuration.
    var findings = 1_000
}

/// A problem and its place, before lines and columns are made of it.
struct Finding {
    var problem: Problem
    var range: TextRange
    var related: [(message: String, range: TextRange)] = []

    /// A problem at its place.
    init(_ problem: Problem, at range: TextRange, related: [(message: String, range: TextRange)] = []) {
        self.problem = problem
        self.range = range
        self.related = related
    }
}

/// A value and where it was written.
struct Located<Value> {
    var value: Value
    var range: TextRange
}
