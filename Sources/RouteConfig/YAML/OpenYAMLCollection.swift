/// A key whose value is to come.
enum PendingYAMLKey {
    case text(String, YAMLStyle, TextRange)
    /// It is none; that was reported.
    case invalid
}

/// A list or mapping of which only a part was read.
struct OpenYAMLCollection {
    var isMapping: Bool
    /// Whether a tag makes something else of it.
    var isUnknown: Bool
    var start: Int
    var anchor: String?
    var items: [YAMLNode] = []
    var entries: [YAMLEntry] = []
    /// The key whose value is to come.
    var key: PendingYAMLKey?
    /// Where `<<` is written, if it is.
    var mergeKey: TextRange?
    /// The mappings that `<<` names.
    var merges: [YAMLNode] = []
    var weight = 1
    /// Indices of the entries by key.
    var seen: [String: Int] = [:]
}
