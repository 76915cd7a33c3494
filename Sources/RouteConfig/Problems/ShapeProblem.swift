/// A problem with keys or with values of the wrong type.
public enum ShapeProblem: Hashable, Sendable {
    case duplicateKey(String)
    /// An unknown key. `suggestion` is the nearest known key of the section, `home` the section that has a key of this
    /// name.
    case unknownKey(String, section: KeySection, suggestion: String?, home: KeySection?)
    /// A value of the wrong type; `found` is a noun phrase such as `a list`.
    case wrongType(String, expected: String, found: String, help: String?)
    /// A key without a value.
    case noValue(String, expected: String)
    case missingKey(String, section: KeySection)
    case missingBackend
    case bothBackendAndBackends
    /// More backends than the limit for one route.
    case tooManyBackends(count: Int, limit: Int)
    /// A file without routes.
    case noRoutes
    /// An empty list where an entry is required; `help` is the remedy.
    case emptyList(String, help: String)
    /// A duplicate list entry.
    case duplicateEntry(String, key: String)

    var wording: Wording {
        switch self {
        case .duplicateKey(let key):
            Wording(
                .duplicateKey,
                "duplicate key \(key.quoted)",
                help: "remove one, or merge their values"
            )
        case .unknownKey(let key, let section, let suggestion, let home):
            Wording(
                .unknownKey,
                "unknown key \(key.quoted) \(section.place)",
                help: Self.help(forUnknownIn: section, suggestion: suggestion, home: home)
            )
        case .wrongType(let key, let expected, let found, let help):
            Wording(.wrongType, "\(key.quoted) is \(found), expected \(expected)", help: help)
        case .noValue(let key, let expected):
            Wording(
                .wrongType,
                "\(key.quoted) has no value, expected \(expected)",
                help: "write a value after the `:`, or remove the key"
            )
        case .missingKey(let key, let section):
            Wording(
                .missingKey,
                "\(section.subject) has no \(key.quoted)",
                help: section.path.isEmpty
                    ? "add \((key + ":").quoted) at the top level" : "add \((key + ":").quoted) to \(section.subject)"
            )
        case .missingBackend:
            Wording(
                .missingBackend,
                "the route has no backend",
                help: "add `backend: HOST`, the server that takes its sessions"
            )
        case .bothBackendAndBackends:
            Wording(
                .bothBackendAndBackends,
                "the route has both `backend` and `backends`",
                help: "keep one: `backend` for one server, `backends` for several"
            )
        case .tooManyBackends(let count, let limit):
            Wording(
                .tooManyBackends,
                "the list `backends` has \(count) entries, the limit is \(limit)",
                label: "the first one over the limit",
                help: "keep at most \(limit); a session tries them in order, and clients time out after some seconds"
            )
        case .noRoutes:
            Wording(
                .noRoutes,
                "there are no routes to serve",
                help: "add at least one entry with `name` and `backend` to `routes`"
            )
        case .emptyList(let key, let help):
            Wording(.emptyList, "the list \(key.quoted) is empty", help: help)
        case .duplicateEntry(let entry, let key):
            Wording(
                .duplicateEntry,
                "duplicate entry \(entry.quoted) in \(key.quoted) is ignored",
                help: "remove one of them"
            )
        }
    }

    /// Returns the remedy for an unknown key.
    private static func help(forUnknownIn section: KeySection, suggestion: String?, home: KeySection?) -> String {
        if let suggestion { return "did you mean \(suggestion.quoted)?" }
        if let home { return "the key belongs \(home.place)" }
        return "known \(section.place): \(KeyTable.keys(in: section).map(\.name).joined(separator: ", "))"
    }
}
