public import NetBIOS

/// Which clients may call: `allow` and `deny` of a route, or of all of them.
public struct AccessList: Hashable, Sendable {
    /// Client addresses that may call; `nil` for all.
    public var allow: [IPv4Network]?
    /// Client addresses that may not call, whatever ``allow`` says.
    public var deny: [IPv4Network] = []

    /// A list that admits everybody.
    public init() {}

    /// Whether everybody may call.
    public var isOpen: Bool { self.allow == nil && self.deny.isEmpty }

    /// Whether a client at `address` may call: not denied, and allowed where there is a list.
    public func admits(_ address: IPv4Address) -> Bool {
        guard !self.deny.contains(where: { $0.contains(address) }) else { return false }
        guard let allow = self.allow else { return true }
        return allow.contains { $0.contains(address) }
    }
}
