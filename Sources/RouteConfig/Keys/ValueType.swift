/// The type of a key's value, as messages, schema and manual describe it.
public indirect enum ValueType: Hashable, Sendable {
    /// A mapping with the keys of a section.
    case section(KeySection)
    /// A list with a limited number of entries, or one entry without the brackets.
    case list(of: ValueType, count: ClosedRange<Int>)
    /// A list of mappings.
    case mappings(KeySection)
    case ipv4Address
    case network
    case port
    case interface
    case boolean
    case choice([String])
    /// From `minimum` to ``DurationText/maximum``.
    case duration(minimum: Duration)
    /// From 1 to `maximum`.
    case count(maximum: Int)
    case name
    case scope
    case suffix
    case backend
    case path
    /// An address and a port.
    case endpoint
    /// The path of a file, with wildcards.
    case pattern
    /// The value or the word `none`.
    case optional(ValueType)

    /// The expected value as a noun phrase in an error message.
    var phrase: String {
        switch self {
        case .section: "a mapping"
        case .list(let entry, _): "a list (each entry \(entry.phrase))"
        case .mappings: "a list of mappings"
        case .ipv4Address: "an IPv4 address"
        case .network: "an IPv4 network"
        case .port: "a port"
        case .interface: "an interface name or IPv4 network"
        case .boolean: "`true` or `false`"
        case .choice(let choices): choices.alternatives
        case .duration: "a duration"
        case .count: "a number"
        case .name: "a name"
        case .scope: "a scope"
        case .suffix: "a suffix"
        case .backend: "a host"
        case .path: "a path"
        case .endpoint: "an ADDRESS:PORT"
        case .pattern: "a file path"
        case .optional(let type): "\(type.phrase) or `none`"
        }
    }

    /// Whether a missing value is read as an empty text, which has its own message.
    var takesEmptyText: Bool { self == .name }
}
