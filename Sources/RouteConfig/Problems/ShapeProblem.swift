/// What is wrong with keys, and with values of another shape than their key's.
public enum ShapeProblem: Hashable, Sendable {
    case duplicateKey(String)
    /// A key that nothing reads. `suggestion` is the nearest known one of the same section, `home` the section of a key by this name.
    case unknownKey(String, section: KeySection, suggestion: String?, home: KeySection?)
    /// A value of another kind than the key's; `found` is a phrase such as `a list`.
    case wrongType(String, expected: String, found: String, help: String?)
    /// A key with nothing behind it.
    case noValue(String, expected: String)
    case missingKey(String, section: KeySection)
    case missingBackend
    case bothBackendAndBackends
    /// More entries in `backends` than a route may have.
    case tooManyBackends(count: Int, limit: Int)
    /// A file without any route.
    case noRoutes
    /// A list that needs an entry; `help` says what to write instead.
    case emptyList(String, help: String)
    /// The same entry twice in a list.
    case duplicateEntry(String, key: String)

    var wording: Wording {
        switch self {
        case .duplicateKey(let key):
            Wording(
                .duplicateKey,
                "the key \(key.quoted) is here twice",
                help: "remove one of them, or join their values"
            )
        case .unknownKey(let key, let section, let suggestion, let home):
            Wording(
                .unknownKey,
                "unknown key \(key.quoted) \(section.place)",
                help: Self.help(forUnknownIn: section, suggestion: suggestion, home: home)
            )
        case .wrongType(let key, let expected, let found, let help):
            Wording(.wrongType, "\(key.quoted) is \(found), \(expected) is expected", help: help)
        case .noValue(let key, let expected):
            Wording(
                .wrongType,
                "\(key.quoted) has no value, \(expected) is expected",
                help: "write a value behind the `:`, or remove the key"
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
                help: "keep \(limit) at most; a call tries one after the other, and clients give up after some seconds"
            )
        case .noRoutes:
            Wording(
                .noRoutes,
                "there are no routes, so there is nothing to serve",
                help: "add at least one entry with `name` and `backend` to `routes`"
            )
        case .emptyList(let key, let help):
            Wording(.emptyList, "the list \(key.quoted) is empty", help: help)
        case .duplicateEntry(let entry, let key):
            Wording(
                .duplicateEntry,
                "\(entry.quoted) is in \(key.quoted) already, and is ignored here",
                help: "remove one of them"
            )
        }
    }

    /// What to do about a key that is not known.
    private static func help(forUnknownIn section: KeySection, suggestion: String?, home: KeySection?) -> String {
        if let suggestion { return "did you mean \(suggestion.quoted)?" }
        if let home { return "the key belongs \(home.place)" }
        return "known \(section.place): \(KeyTable.keys(in: section).map(\.name).joined(separator: ", "))"
    }
}
