/// The state of a name's claim.
public enum NameState: Hashable, Sendable {
    /// Being registered, without an objection so far.
    case claiming
    /// Owned: answered for and defended.
    case owned
    /// Held by another host, which objected or responded; retried later.
    case conflict(holder: IPv4Address)
    /// No longer owned; the release is being sent.
    case releasing
}

/// A name of a node with the state of its claim.
public struct NameStatus: Hashable, Sendable {
    /// The name and its advertised address.
    public var advertised: AdvertisedName
    public var state: NameState
    /// The present or intended registrar.
    public var registrar: NameRegistrar = .broadcast
    /// The time to live granted by the name server, in seconds; `nil` without one.
    public var grantedTimeToLive: UInt32?
    /// The time of the next refresh, if any.
    public var nextRefresh: Duration?
}

/// The registrar of a name.
public enum NameRegistrar: Hashable, Sendable {
    /// The broadcast area: hosts do not object.
    case broadcast
    /// A name server (NBNS, WINS).
    case nameServer(IPv4Address)
}

/// An event of a name or a name server, for the log.
public enum NameEvent: Hashable, Sendable {
    /// The name is owned from now on.
    case owned(QualifiedName)
    /// Another host objected to the claim.
    case conflict(QualifiedName, holder: IPv4Address)
    /// An owned name was lost to another host, which confirmed that it holds it.
    case lost(QualifiedName, holder: IPv4Address)
    /// An owned name was defended against a registration or release by another host.
    case defended(QualifiedName, against: IPv4Address)
    /// A name server did not respond, and is paused.
    case nameServerSilent(IPv4Address)
    /// The name server in use changed; `nil` if none responds.
    case nameServerUsed(IPv4Address?)
    /// All releases of the name were sent, or none was needed.
    case released(QualifiedName)
    /// A name is no longer advertised, in silence: the address of its own is gone.
    case forgotten(QualifiedName)
    /// An owned name is advertised with another address.
    case readdressed(QualifiedName)
}
