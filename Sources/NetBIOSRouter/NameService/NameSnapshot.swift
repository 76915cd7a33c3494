public import NetBIOS
import RouteConfig

/// One name on one network at one moment, as in `nbrouter names --json`.
public struct NameSnapshot: Hashable, Sendable, Codable {
    public var name: String
    /// `0x20`.
    public var suffix: String
    /// Empty for the empty scope.
    public var scope: String
    public var isGroup: Bool
    /// The name's route; `nil` for the workgroup, and for a name that a reload removed.
    @NullWhenAbsent public var route: String?
    public var state: State
    /// The interface that it is advertised on; `nil` for a standby's.
    @NullWhenAbsent public var interface: String?
    /// The address that it is advertised with.
    public var address: String
    /// The host that holds it, while it is in conflict.
    @NullWhenAbsent public var holder: String?
    /// `broadcast`, or the address of the name server; `nil` for a standby's.
    @NullWhenAbsent public var registrar: String?
    /// The time to live that the name server granted, in seconds.
    @NullWhenAbsent public var grantedSeconds: Int64?
    /// Seconds to the next refresh.
    @NullWhenAbsent public var refreshSeconds: Int64?

    /// The state of a name's claim; the raw value is the word for people and for JSON.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Not owned yet.
        case claiming
        case owned
        /// Another host's.
        case conflict
        /// Its route has an address that no interface of this host has, or whose port another program holds.
        case standby
        /// Being given up.
        case releasing
    }

    init(
        name: QualifiedName,
        isGroup: Bool,
        route: Route.ID?,
        state: State,
        interface: String? = nil,
        address: IPv4Address,
        holder: IPv4Address? = nil,
        registrar: NameRegistrar? = nil,
        grantedTimeToLive: Duration? = nil,
        refreshIn: Duration? = nil
    ) {
        self.name = name.name.text
        self.suffix = "0x\(name.name.suffix)"
        self.scope = name.scope.description
        self.isGroup = isGroup
        self.route = route?.name.text
        self.state = state
        self.interface = interface
        self.address = address.description
        self.holder = holder?.description
        self.registrar =
            switch registrar {
            case .broadcast: "broadcast"
            case .nameServer(let address): address.description
            case nil: nil
            }
        self.grantedSeconds = grantedTimeToLive?.components.seconds
        self.refreshSeconds = refreshIn?.components.seconds
    }

    private enum CodingKeys: String, CodingKey {
        case name, suffix, scope, route, state, interface, address, holder, registrar
        case isGroup = "group"
        case grantedSeconds = "granted_ttl_s"
        case refreshSeconds = "refresh_in_s"
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
