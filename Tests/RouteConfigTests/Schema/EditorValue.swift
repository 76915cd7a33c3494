@testable import RouteConfig

/// A YAML value as an editor passes it to a JSON Schema: plain scalars have inferred types.
indirect enum EditorValue: Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    /// A number that is not an integer; its value is irrelevant to the schema.
    case fraction
    case string(String)
    case array([EditorValue])
    case object([String: EditorValue])

    /// The rules of type inference.
    enum Version: CaseIterable {
        /// YAML 1.1: `NO` is a truth value, `0123` octal, `22:22` a number to the base 60.
        case yaml11
        /// The core schema of YAML 1.2, and JSON.
        case yaml12
    }

    /// The value of a YAML or JSON document; `nil` if it is invalid.
    init?(text: String, version: Version) {
        var parser = YAMLParser(SourceFile(name: "test", bytes: Array(text.utf8)), file: 0)
        let document = parser.parse()
        guard let root = document.root, document.isComplete else { return nil }
        self.init(root, version)
    }

    private init(_ node: YAMLNode, _ version: Version) {
        switch node.content {
        case .scalar(let text, .plain): self.init(plain: text, version)
        case .scalar(let text, .quoted), .scalar(let text, .block): self = .string(text)
        case .sequence(let nodes): self = .array(nodes.map { EditorValue($0, version) })
        case .mapping(let entries):
            let members = entries.map { ($0.key, EditorValue($0.value, version)) }
            self = .object(Dictionary(members) { first, _ in first })
        case .unknown: self = .null
        }
    }

    /// The type of a plain scalar.
    private init(plain text: String, _ version: Version) {
        let core = text.wholeMatch(of: /[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+/) != nil
        let old = version == .yaml11
        if text.wholeMatch(of: /~|null|Null|NULL|/) != nil {
            self = .null
        } else if text.wholeMatch(of: /true|True|TRUE/) != nil {
            self = .boolean(true)
        } else if text.wholeMatch(of: /false|False|FALSE/) != nil {
            self = .boolean(false)
        } else if old, text.wholeMatch(of: /[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF/) != nil {
            self = .boolean(text.lowercased().hasPrefix("y") || text.lowercased() == "on")
        } else if old, text.wholeMatch(of: /0[0-7_]+/) != nil {
            self = .integer(Int(text.filter { $0 != "_" }, radix: 8) ?? 0)
        } else if old, text.wholeMatch(of: /[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|0b[01_]+|[0-9][0-9_]+/) != nil
        {
            self = Int(text).map(EditorValue.integer) ?? .fraction
        } else if core {
            let digits = text.hasPrefix("0x") || text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
            let radix = text.hasPrefix("0x") ? 16 : text.hasPrefix("0o") ? 8 : 10
            self = Int(digits, radix: radix).map(EditorValue.integer) ?? .fraction
        } else if text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil
            || text.wholeMatch(of: /[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)/) != nil
        {
            self = .fraction
        } else {
            self = .string(text)
        }
    }

    /// A member of an object.
    subscript(name: String) -> EditorValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The elements of an array; none of anything else.
    var elements: [EditorValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The text of a string.
    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Whether the value has a type, in the words of JSON Schema.
    func has(type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .boolean: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .fraction: type == "number"
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
