/// A name that a node owns or wants to own.
public struct AdvertisedName: Hashable, Sendable {
    /// The name and its scope, as they are registered.
    public var name: QualifiedName
    /// Whether other hosts may have it too (the G bit of NB_FLAGS).
    public var isGroup: Bool
    /// The address it is advertised with; `nil` for the interface's own.
    public var address: IPv4Address?

    /// A unique name at the interface's own address, unless said otherwise.
    public init(_ name: QualifiedName, isGroup: Bool = false, address: IPv4Address? = nil) {
        self.name = name
        self.isGroup = isGroup
        self.address = address
    }
}
