import NetBIOS

/// What reading a configuration came to: the configuration, or why there is none.
public struct LoadResult: Sendable {
    /// The files that were read, the main one first; spans point into them.
    public var sources: [SourceFile]
    /// In file order: the main file's first, then those of included files.
    public var diagnostics: [Diagnostic]
    /// `nil` exactly when one of the diagnostics is an error.
    public var configuration: RouterConfiguration?
    /// The directories that wildcards of `include` were looked for in, sorted.
    public var patternDirectories: [String] = []
    /// Whether there were more problems than anybody reads, and only the first thousand of a kind are here.
    public var isCut = false

    /// The count of diagnostics that make the configuration unusable.
    public var errorCount: Int { self.diagnostics.count { $0.severity == .error } }
    /// The count of diagnostics that do not.
    public var warningCount: Int { self.diagnostics.count { $0.severity == .warning } }

    /// What can be said of the configuration as a whole.
    public enum Verdict: String, Hashable, Sendable {
        /// Warnings may be there.
        case valid
        case invalid
        /// A file could not be read, and in those that could there is no error.
        case unreadable
    }

    /// What can be said of the configuration as a whole.
    public var verdict: Verdict {
        let errors = self.diagnostics.filter { $0.severity == .error }
        if errors.isEmpty { return .valid }
        return errors.contains { $0.code != .unreadableFile } ? .invalid : .unreadable
    }

    /// One line: `routes.yaml: valid: 14 routes, 17 names, 2 scopes`, or how many problems there are.
    public var summary: String { LoadReport(self).summary() }
}

extension RouterConfiguration {
    /// Names and aliases of all routes, one for each scope that it is in, whatever its suffixes.
    public var nameCount: Int {
        Set(
            self.routes.flatMap { route in
                route.names.map { QualifiedName($0.with(.fileServer), scope: route.scope) }
            }
        ).count
    }

    /// Scopes that routes are in, the empty one included.
    public var scopeCount: Int { Set(self.routes.map(\.scope)).count }
}
