import NetBIOS

/// What reading a configuration came to: the configuration, or why there is none.
public struct LoadResult: Sendable {
    /// The files that were read, the main one first; spans point into them.
    public var sources: [SourceFile]
    /// In file order: the main file's first, then those of included files.
    public var diagnostics: [Diagnostic]
    /// `nil` exactly when one of the diagnostics is an error.
    public var configuration: RouterConfiguration?
    /// Whether there were more problems than anybody reads, and only the first thousand of a kind are here.
    public var isCut = false

    /// The count of diagnostics that make the configuration unusable.
    public var errorCount: Int { self.diagnostics.count { $0.severity == .error } }
    /// The count of diagnostics that do not.
    public var warningCount: Int { self.diagnostics.count { $0.severity == .warning } }

    /// What can be said of the configuration as a whole.
    public enum Verdict: Hashable, Sendable {
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
    public var summary: String { self.summary(isStrict: false) }

    /// The summary line; `isStrict` tells whether warnings make the configuration invalid.
    public func summary(isStrict: Bool) -> String {
        let name = self.sources.first?.name.printable(limit: 4096) ?? ""
        let warnings = self.warningCount == 0 ? "" : ", \(self.warningCount.of("warning"))"
        let cut = self.isCut ? ", and more" : ""
        if let configuration, !isStrict || self.warningCount == 0 {
            let routes = configuration.routes.count.of("route")
            let names = configuration.nameCount.of("name")
            return "\(name): valid: \(routes), \(names), \(configuration.scopeCount.of("scope"))\(warnings)\(cut)"
        }
        let verdict = self.verdict == .unreadable ? "not checked" : "invalid"
        if self.errorCount == 0 { return "\(name): invalid: \(self.warningCount.of("warning"))\(cut) (strict)" }
        return "\(name): \(verdict): \(self.errorCount.of("error"))\(warnings)\(cut)"
    }
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
