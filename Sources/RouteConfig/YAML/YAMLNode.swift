/// A value of a YAML document as text, with its range. Aliases and merge keys are resolved.
struct YAMLNode {
    var content: Content
    /// The text of the value; for an alias, that of its anchor.
    var range: TextRange
    /// The alias that the value was reached through, if any.
    var alias: TextRange?
    /// The number of values in the subtree, itself included, with aliases expanded.
    var weight: Int

    /// The kinds of values.
    enum Content {
        case scalar(String, YAMLStyle)
        case sequence([YAMLNode])
        /// In text order; merged entries come last.
        case mapping([YAMLEntry])
        /// An alias without an anchor, or a value with an unsupported tag; already reported.
        case unknown
    }

    /// The place of use: the alias, or the value itself.
    var place: TextRange { self.alias ?? self.range }

    /// Whether the value is missing: `key:` and the end of the line.
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

    /// The kind of value as a noun phrase in a message.
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

/// The style of a scalar.
enum YAMLStyle {
    case plain
    /// Between single or double quotes.
    case quoted
    /// After `|` or `>`.
    case block
}

/// Limits of a configuration, for all its files together unless stated otherwise.
struct DocumentLimits: Sendable {
    /// Bytes; a larger file is not read further.
    var bytes = 16 * 1_048_576
    /// Values, with aliases expanded; keys do not count.
    var nodes = 1_000_000
    /// Nesting depth, which also bounds recursion over the tree.
    var depth = 32
    /// Keys of one mapping.
    var keys = 1_000
    /// Anchors of one file.
    var anchors = 10_000
    /// Included files, whether they can be read or not.
    var files = 10_000
    /// The longest time to find and read all files. Standard input may take as long as it likes.
    var time = Duration.seconds(10)
    /// Names in directories that wildcards of `include` are compared with.
    var names = 100_000
    /// Errors and warnings reported, each; behind more errors nothing is read, for that is most likely no configuration.
    var findings = 1_000
}

/// A problem and its range, before conversion to lines and columns.
struct Finding {
    var problem: Problem
    var range: TextRange
    var related: [(message: String, range: TextRange)] = []

    init(_ problem: Problem, at range: TextRange, related: [(message: String, range: TextRange)] = []) {
        self.problem = problem
        self.range = range
        self.related = related
    }
}

/// A value and its range.
struct Located<Value> {
    var value: Value
    var range: TextRange
}
