/// A key whose value is still to be parsed.
enum PendingYAMLKey {
    case text(String, YAMLStyle, TextRange)
    /// Not a valid key, which has been reported.
    case invalid
}

/// A list or mapping that is being parsed.
struct OpenYAMLCollection {
    var isMapping: Bool
    /// Whether an unsupported tag makes the content unknown.
    var isUnknown: Bool
    var start: Int
    var anchor: String?
    var items: [YAMLNode] = []
    var entries: [YAMLEntry] = []
    /// The key whose value is still to be parsed.
    var key: PendingYAMLKey?
    /// The place of `<<`, if present.
    var mergeKey: TextRange?
    /// The mappings that `<<` merges.
    var merges: [YAMLNode] = []
    var weight = 1
    /// Indices of the entries by key.
    var seen: [String: Int] = [:]
}
