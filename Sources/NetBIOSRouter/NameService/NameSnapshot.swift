public import NetBIOS
public import RouteConfig

/// One name on one network at one moment: a line of `nbrouter names`.
public struct NameSnapshot: Hashable, Sendable {
    /// The name, its suffix and its scope.
    public var name: QualifiedName
    /// Whether it is a group's.
    public var isGroup: Bool
    /// The route that it belongs to; `nil` for the workgroup, and for a name that a reload took away.
    public var route: Route.ID?
    /// Where its claim stands.
    public var state: State
    /// The interface that it is advertised on; `nil` while it is a standby's.
    public var interface: String?
    /// The address that it is advertised with.
    public var address: IPv4Address
    /// The host that holds it instead, while it is in conflict.
    public var holder: IPv4Address?
    /// Where it is registered, or is to be; `nil` while it is a standby's.
    public var registrar: NameRegistrar?
    /// How long the name server keeps the registration unless it is refreshed; `nil` without one.
    public var grantedTimeToLive: Duration?
    /// From now to the next refresh; `nil` where none is to come.
    public var refreshIn: Duration?

    /// The states of product.md's `names`; the raw value is the word for people and for JSON.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// On its way to be ours.
        case claiming
        /// Ours.
        case owned
        /// Another host's.
        case conflict
        /// Its route has an address that no interface of this host has, or whose port another program holds.
        case standby
        /// Being given up.
        case releasing
    }
}

/// The name service at one moment: its names, and what it counted since the start.
public struct NameServiceSnapshot: Hashable, Sendable {
    /// Every name on every network, network by network in the order of the configuration; standbys last.
    public var names: [NameSnapshot] = []
    /// The packets of all networks, also of those that have gone.
    public var counters = NameServiceCounters()
    /// How often a name was found to be another host's.
    public var conflicts = 0
}

extension RouterService {
    /// The name service as it is now.
    public func nameSnapshot() async -> NameServiceSnapshot {
        await self.lifecycle.names?.snapshot() ?? NameServiceSnapshot()
    }
}
