/// Where the claim of a name stands.
public enum NameState: Hashable, Sendable {
    /// Registered on the wire, and nobody has objected yet.
    case claiming
    /// Ours: answered and defended.
    case owned
    /// Another host's, which objected or answered for it; tried again later.
    case conflict(holder: IPv4Address)
    /// No longer ours; the release is being broadcast.
    case releasing
}

/// A name of a node, and where its claim stands.
public struct NameStatus: Hashable, Sendable {
    /// The name, and the address that it is advertised with.
    public var advertised: AdvertisedName
    /// Where its claim stands.
    public var state: NameState
    /// Where it is registered, or is to be.
    public var registrar: NameRegistrar = .broadcast
    /// How long the name server keeps the registration, in seconds; `nil` without one.
    public var grantedTimeToLive: UInt32?
    /// When the registration is refreshed next; `nil` where that is not to come.
    public var nextRefresh: Duration?
}

/// Who keeps a name for us.
public enum NameRegistrar: Hashable, Sendable {
    /// The hosts of the broadcast area, by not objecting.
    case broadcast
    /// A name server (NBNS, WINS).
    case nameServer(IPv4Address)
}

/// What happened to a name or to a name server: for the log, and for whoever waits for a name.
public enum NameEvent: Hashable, Sendable {
    /// Nobody objected: the name is ours from now on.
    case owned(QualifiedName)
    /// Another host objected to our claim.
    case conflict(QualifiedName, holder: IPv4Address)
    /// A name of ours is another host's too, which said so when asked: it is ours no longer.
    case lost(QualifiedName, holder: IPv4Address)
    /// Another host was kept from registering or releasing a name of ours.
    case defended(QualifiedName, against: IPv4Address)
    /// A name server did not answer, and is left alone for a while.
    case nameServerSilent(IPv4Address)
    /// Names are registered with a name server from now on; `nil` while none answers.
    case nameServerUsed(IPv4Address?)
    /// All of the name's releases are sent, or there was nothing to release.
    case released(QualifiedName)
}
