/// A key of routes.yaml, as schema, suggestions, manual and tests see it: a row of ``KeyTable`` without its storage.
public struct Key: Hashable, Sendable {
    /// The names from the top level down, joined by dots; a route's keys begin with `routes.`.
    public let path: String
    public let type: ValueType
    public let fallback: KeyDefault
    /// The effect of the key, in one sentence.
    public let help: String
    /// Help of the error for a list in place of the one value.
    var listHelp: String?
    /// Help of the error for an empty list; `nil` where a list may be empty, or the row checks it itself.
    var emptyHelp: String?
    /// Whether included files may have the key, too.
    var isIncludable = false

    /// A key without help for errors.
    init(_ path: String, _ type: ValueType, _ fallback: KeyDefault, _ help: String) {
        self.path = path
        self.type = type
        self.fallback = fallback
        self.help = help
    }

    /// The word that is written before the `:`.
    public var name: String { self.path.split(separator: ".").last.map(String.init) ?? self.path }

    /// The path of the section that the key is written in; empty at the top level.
    public var sectionPath: String { self.path.split(separator: ".").dropLast().joined(separator: ".") }

    /// The default as it would be written in the file; `nil` where there is no such text.
    public var defaultText: String? {
        switch self.fallback {
        case .text(let text): text
        case .meaning, .required, .unspecified: nil
        }
    }
}

/// The value or the effect of a key that is left out. A string literal is a ``text(_:)``.
public enum KeyDefault: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The value that would be written.
    case text(String)
    /// The effect, where no value has it.
    case meaning(String)
    /// The key cannot be left out.
    case required
    /// Other keys decide.
    case unspecified

    public init(stringLiteral text: String) { self = .text(text) }
}

/// A mapping of routes.yaml that has keys.
public struct KeySection: Hashable, Sendable {
    /// The path of the key whose value it is; empty for the file.
    public let path: String
    /// The choice that a file must make among its keys, besides the required ones.
    public let requirement: Requirement?
    /// An entry of a list of such mappings; `nil` for a mapping that stands alone.
    private let noun: String?
    /// How the mapping is written.
    let help: String

    /// A choice among keys, by their names.
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

    /// The top level of a file.
    static func file(requires requirement: Requirement, help: String) -> KeySection {
        KeySection("", noun: nil, requirement, help: help)
    }

    /// The mapping of one key.
    static func mapping(_ path: String) -> KeySection {
        KeySection(path, noun: nil, nil, help: "write its keys on the lines below, indented")
    }

    /// One mapping of a list, which messages call `noun`.
    static func entry(of path: String, _ noun: String, requires requirement: Requirement, help: String) -> KeySection {
        KeySection(path, noun: noun, requirement, help: help)
    }

    /// Whether no value at all means the defaults, as when every key is commented out.
    var mayBeEmpty: Bool { self.noun == nil && !self.path.isEmpty }

    /// The section as the name of a value.
    var name: String { self.noun.map { "the \($0)" } ?? (self.path.isEmpty ? "the file" : self.path) }

    /// The section as the subject of a sentence.
    var subject: String { self.mayBeEmpty ? self.path.quoted : self.name }

    /// Where its keys are, in a sentence.
    var place: String {
        self.noun.map { "in a \($0)" } ?? (self.path.isEmpty ? "at the top level" : "under \(self.path.quoted)")
    }
}
