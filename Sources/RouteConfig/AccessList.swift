public import NetBIOS

/// Client addresses that may open sessions: `allow` and `deny` of one route, or of all routes.
public struct AccessList: Hashable, Sendable {
    /// Client addresses that may open sessions; `nil` for all.
    public var allow: [IPv4Network]?
    /// Client addresses that may not open sessions; takes precedence over ``allow``.
    public var deny: [IPv4Network] = []

    /// Makes a list that admits every client.
    public init() {}

    /// Whether the list admits every client.
    public var isOpen: Bool { self.allow == nil && self.deny.isEmpty }

    /// Whether the list admits a client: `deny` does not contain the address, and `allow` contains it or is `nil`.
    public func admits(_ address: IPv4Address) -> Bool {
        guard !self.deny.contains(where: { $0.contains(address) }) else { return false }
        guard let allow = self.allow else { return true }
        return allow.contains { $0.contains(address) }
    }
}
