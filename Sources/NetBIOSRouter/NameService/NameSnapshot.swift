public import NetBIOS
import RouteConfig

/// A snapshot of one name on one network, as in `nbrouter names --json`.
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
    /// The interface; `nil` on a standby.
    @NullWhenAbsent public var interface: String?
    /// The advertised address.
    public var address: String
    /// The host that holds the name, during a conflict.
    @NullWhenAbsent public var holder: String?
    /// `broadcast`, or the address of the name server; `nil` on a standby.
    @NullWhenAbsent public var registrar: String?
    /// The time to live granted by the name server, in seconds.
    @NullWhenAbsent public var grantedSeconds: Int64?
    /// Seconds until the next refresh.
    @NullWhenAbsent public var refreshSeconds: Int64?

    /// The state of the name; the raw value is used in output and JSON.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Not owned yet.
        case claiming
        case owned
        /// Held by another host.
        case conflict
        /// The route's address is on no interface of this host, or another process holds its port.
        case standby
        /// Being released.
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

/// A snapshot of the name service: names, and counters since the start.
public struct NameServiceSnapshot: Hashable, Sendable {
    /// All names, network by network in the order of the configuration; standbys last.
    public var names: [NameSnapshot] = []
    /// The packets of all networks, including removed ones.
    public var counters = NameServiceCounters()
    /// The number of conflicts detected.
    public var conflicts = 0
}

extension RouterService {
    /// Returns a snapshot of the name service.
    public func nameSnapshot() async -> NameServiceSnapshot {
        guard let state = await self.lifecycle.names?.state() else { return NameServiceSnapshot() }
        return await self.render { state.snapshot }
    }
}
