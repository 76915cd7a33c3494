/// Which router this is: its version, and the commit that it was built of.
public struct RouterVersion: Hashable, Sendable, CustomStringConvertible {
    /// Such as `1.2.3`.
    public let number: String
    /// The abbreviated commit, with a plus sign behind it where files differed from it; `nil` where it is not known.
    public let commit: String?

    /// - Parameters:
    ///   - number: Such as `1.2.3`.
    ///   - commit: The abbreviated commit, if it is known.
    public init(_ number: String, commit: String?) {
        self.number = number
        self.commit = commit
    }

    /// The version, and the commit in parentheses.
    public var description: String { self.number + (self.commit.map { " (\($0))" } ?? "") }
}
