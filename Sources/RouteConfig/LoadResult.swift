import NetBIOS

/// The result of reading a configuration: the configuration, or the diagnostics that prevent it.
public struct LoadResult: Sendable {
    /// The files read, the main file first; spans refer to them by index.
    public var sources: [SourceFile]
    /// In file order: the main file first, then included files.
    public var diagnostics: [Diagnostic]
    /// `nil` if and only if a diagnostic is an error.
    public var configuration: RouterConfiguration?
    /// The directories searched for wildcards of `include`, sorted.
    public var patternDirectories: [String] = []
    /// Whether diagnostics over ``DocumentLimits/findings`` were dropped.
    public var isCut = false

    /// The number of errors.
    public var errorCount: Int { self.diagnostics.count { $0.severity == .error } }
    /// The number of warnings.
    public var warningCount: Int { self.diagnostics.count { $0.severity == .warning } }

    /// The verdict on the configuration as a whole.
    public enum Verdict: String, Hashable, Sendable {
        /// No errors; warnings are possible.
        case valid
        case invalid
        /// A file could not be read, and the readable ones have no errors.
        case unreadable
    }

    public var verdict: Verdict {
        let errors = self.diagnostics.filter { $0.severity == .error }
        if errors.isEmpty { return .valid }
        return errors.contains { $0.code != .unreadableFile } ? .invalid : .unreadable
    }

    /// The summary line: `routes.yaml: valid: 14 routes, 17 names, 2 scopes`, or the number of problems.
    public var summary: String { LoadReport(self).summary() }
}

extension RouterConfiguration {
    /// The number of (name, scope) pairs of all routes, aliases included, suffixes not.
    public var nameCount: Int {
        Set(
            self.routes.flatMap { route in
                route.names.map { QualifiedName($0.with(.fileServer), scope: route.scope) }
            }
        ).count
    }

    /// The number of scopes, the empty one included.
    public var scopeCount: Int { Set(self.routes.map(\.scope)).count }
}
