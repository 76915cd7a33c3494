/// A name that a node owns or claims.
public struct AdvertisedName: Hashable, Sendable {
    /// The name and its scope.
    public var name: QualifiedName
    /// Whether it is a group name, which several hosts may own (the G bit of NB_FLAGS).
    public var isGroup: Bool
    /// The advertised address; `nil` for the interface's own.
    public var address: IPv4Address?

    /// Makes a name; by default a unique name at the interface's own address.
    public init(_ name: QualifiedName, isGroup: Bool = false, address: IPv4Address? = nil) {
        self.name = name
        self.isGroup = isGroup
        self.address = address
    }
}
