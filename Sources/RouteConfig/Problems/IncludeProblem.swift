/// The reason why an `include` provides no routes.
public enum IncludeProblem: Hashable, Sendable {
    /// A path without wildcards, or a matching symbolic link, whose target does not exist.
    case notFound(String)
    /// A pattern that matches a file that is already being read.
    case cycle(String)
    /// A key other than `routes` in an included file; `known` if it belongs in the main file.
    case key(String, known: Bool)
    case matchesNothing(String)
    /// A file or directory that may hold routes, with the system's reason.
    case unreadable(String, reason: String)
    /// A pipe, a socket or a device.
    case irregular(String)
    /// Finding and reading the files takes longer than ``DocumentLimits`` allows.
    case tooSlow(limit: Duration)
    /// A pattern that leads to more names, with those before it, than ``DocumentLimits`` allows.
    case patternTooWide(String, limit: Int)
    /// More files than ``DocumentLimits/files``.
    case tooManyFiles(limit: Int)

    var wording: Wording {
        switch self {
        case .notFound(let path):
            Wording(
                .includeNotFound,
                "the included file \(path.quoted) does not exist",
                help: "paths are relative to the directory of this file"
            )
        case .cycle(let path):
            Wording(
                .includeCycle,
                "\(path.quoted) includes itself",
                help: "keep included files in a directory of their own, such as `routes.d/*.yaml`"
            )
        case .key(let key, let known):
            Wording(
                .includeKey,
                "an included file holds `routes` alone, not \(key.quoted)",
                help: known ? "move it to the file that includes this one" : "remove it"
            )
        case .matchesNothing(let pattern):
            Wording(
                .includeMatchesNothing,
                "no file matches \(pattern.quoted)",
                help: "paths are relative to the directory of this file; `*` does not match names that begin with a dot"
            )
        case .unreadable(let path, let reason):
            Wording(
                .unreadableFile,
                "cannot read `\(path.printable(limit: 4096))`: \(reason)",
                help: "this user needs `r` on the file, and `r` and `x` on the directory of a wildcard"
            )
        case .irregular(let path):
            Wording(
                .unreadableFile,
                "cannot read `\(path.printable(limit: 4096))`: not a regular file",
                help: "only the main file may be a pipe; write more of the path out, as in `routes.d/*.yaml`"
            )
        case .tooSlow(let limit):
            Wording(
                .unreadableFile,
                "the files take over \(limit.components.seconds) s to find and read",
                help: "include fewer files, from a local disk; a wildcard may match more than it should"
            )
        case .patternTooWide(let pattern, let limit):
            Wording(
                .documentTooLarge,
                "\(pattern.quoted) requires a search of over \(limit) names of files and directories",
                help: "write more of the path out, as in `routes.d/*.yaml`"
            )
        case .tooManyFiles(let limit):
            Wording(.documentTooLarge, "the configuration has over \(limit) files", help: "join some of them")
        }
    }
}
