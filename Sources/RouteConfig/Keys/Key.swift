/// A key of routes.yaml: a row of ``KeyTable`` without its storage, for schema, suggestions, manual and tests.
public struct Key: Hashable, Sendable {
    /// The names from the top level down, joined by dots; a route's keys begin with `routes.`.
    public let path: String
    public let type: ValueType
    public let fallback: KeyDefault
    /// The effect of the key, in one sentence.
    public let help: String
    /// Help of the error for a list where one value is expected.
    var listHelp: String?
    /// Help of the error for an empty list; `nil` if the list may be empty or the row checks it itself.
    var emptyHelp: String?
    /// Whether the key is allowed in included files.
    var isIncludable = false

    /// Makes a key without help for errors.
    init(_ path: String, _ type: ValueType, _ fallback: KeyDefault, _ help: String) {
        self.path = path
        self.type = type
        self.fallback = fallback
        self.help = help
    }

    /// The key as it is written before the `:`.
    public var name: String { self.path.split(separator: ".").last.map(String.init) ?? self.path }

    /// The path of the section that contains the key; empty at the top level.
    public var sectionPath: String { self.path.split(separator: ".").dropLast().joined(separator: ".") }

    /// The default as text of the file; `nil` if it has none.
    public var defaultText: String? {
        switch self.fallback {
        case .text(let text): text
        case .meaning, .required, .unspecified: nil
        }
    }
}

/// The value or the effect of a key that is left out. A string literal is a ``text(_:)``.
public enum KeyDefault: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The value as it would be written.
    case text(String)
    /// The effect, if no value has it.
    case meaning(String)
    /// The key is mandatory.
    case required
    /// The default depends on other keys.
    case unspecified

    public init(stringLiteral text: String) { self = .text(text) }
}

/// A mapping of routes.yaml with a fixed set of keys.
public struct KeySection: Hashable, Sendable {
    /// The path of the key that holds the mapping; empty for the file.
    public let path: String
    /// The alternatives among the keys, besides the required ones.
    public let requirement: Requirement?
    /// The name of a list entry in messages; `nil` for a mapping outside a list.
    private let noun: String?
    /// The help of an error about the mapping's form.
    let help: String

    /// Alternatives among keys, by name.
    public enum Requirement: Hashable, Sendable {
        case anyOf([String])
        case oneOf([String])
    }

    private init(_ path: String, noun: String?, _ requirement: Requirement?, help: String) {
        self.path = path
        self.noun = noun
        self.requirement = requirement
        self.help = help
    }

    /// Makes the top level of a file.
    static func file(requires requirement: Requirement, help: String) -> KeySection {
        KeySection("", noun: nil, requirement, help: help)
    }

    /// Makes the mapping that is the value of a key.
    static func mapping(_ path: String) -> KeySection {
        KeySection(path, noun: nil, nil, help: "write its keys on the lines below, indented")
    }

    /// Makes the mapping that is an entry of a list; messages call it `noun`.
    static func entry(of path: String, _ noun: String, requires requirement: Requirement, help: String) -> KeySection {
        KeySection(path, noun: noun, requirement, help: help)
    }

    /// Whether the mapping may be empty, as when every key is commented out.
    var mayBeEmpty: Bool { self.noun == nil && !self.path.isEmpty }

    /// The section as the name of a value.
    var name: String { self.noun.map { "the \($0)" } ?? (self.path.isEmpty ? "the file" : self.path) }

    /// The section as the grammatical subject of a message.
    var subject: String { self.mayBeEmpty ? self.path.quoted : self.name }

    /// The section as an adverbial of place, such as `under `listen``.
    var place: String {
        self.noun.map { "in a \($0)" } ?? (self.path.isEmpty ? "at the top level" : "under \(self.path.quoted)")
    }
}
