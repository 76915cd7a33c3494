/// The router's version and the commit that it was built from.
public struct RouterVersion: Hashable, Sendable, CustomStringConvertible {
    /// For example `1.2.3`.
    public let number: String
    /// The abbreviated commit, with a trailing plus sign if files were modified; `nil` if unknown.
    public let commit: String?

    /// - Parameters:
    ///   - number: For example `1.2.3`.
    ///   - commit: The abbreviated commit, if known.
    public init(_ number: String, commit: String?) {
        self.number = number
        self.commit = commit
    }

    /// The version, and the commit in parentheses.
    public var description: String { self.number + (self.commit.map { " (\($0))" } ?? "") }
}
