public import NetBIOSRouter

/// The JSON status of a router: its version and its ``RouterSnapshot`` in one object.
public struct StatusReport: Sendable, Codable {
    public let version: RouterVersion
    public let router: RouterSnapshot

    /// Returns the status; `nil` before the router has started.
    init?(_ router: RouterSnapshot, version: RouterVersion) {
        guard router.lastReload != nil else { return nil }
        self.version = version
        self.router = router
    }

    /// A report of the parts of another.
    init(version: RouterVersion, router: RouterSnapshot) {
        self.version = version
        self.router = router
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.version = RouterVersion(
            try container.decode(String.self, forKey: .version),
            commit: try container.decode(String?.self, forKey: .commit)
        )
        self.router = try RouterSnapshot(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.version.number, forKey: .version)
        try container.encode(self.version.commit, forKey: .commit)
        try self.router.encode(to: encoder)
    }

    private enum CodingKeys: String, CodingKey {
        case version, commit
    }
}
