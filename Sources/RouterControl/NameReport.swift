import NetBIOS
public import NetBIOSRouter

/// One name on one network, as `nbrouter names --json` has it.
public struct NameReport: Hashable, Sendable, Codable {
    public var name: String
    /// `0x20`.
    public var suffix: String
    /// Empty for the empty scope.
    public var scope: String
    /// Whether it is a group's.
    public var group: Bool
    /// The route that it belongs to; `nil` for the workgroup.
    @NullWhenAbsent public var route: String?
    /// claiming, owned, conflict, standby or releasing.
    public var state: String
    /// The interface that it is advertised on; `nil` for a standby's.
    @NullWhenAbsent public var interface: String?
    /// The address that it is advertised with.
    public var address: String
    /// The host that holds it instead.
    @NullWhenAbsent public var holder: String?
    /// `broadcast`, or the address of the name server; `nil` for a standby's.
    @NullWhenAbsent public var registrar: String?
    /// The time to live that the name server granted, in seconds.
    @NullWhenAbsent public var grantedSeconds: Int64?
    /// Seconds to the next refresh.
    @NullWhenAbsent public var refreshSeconds: Int64?

    init(_ name: NameSnapshot) {
        self.name = name.name.name.text
        self.suffix = "0x\(name.name.name.suffix)"
        self.scope = name.name.scope.description
        self.group = name.isGroup
        self.route = name.route?.name.text
        self.state = name.state.rawValue
        self.interface = name.interface
        self.address = "\(name.address)"
        self.holder = name.holder.map { "\($0)" }
        switch name.registrar {
        case .broadcast: self.registrar = "broadcast"
        case .nameServer(let address): self.registrar = "\(address)"
        case nil: self.registrar = nil
        }
        self.grantedSeconds = name.grantedTimeToLive?.components.seconds
        self.refreshSeconds = name.refreshIn?.components.seconds
    }

    private enum CodingKeys: String, CodingKey {
        case name, suffix, scope, group, route, state, interface, address, holder, registrar
        case grantedSeconds = "granted_ttl_s"
        case refreshSeconds = "refresh_in_s"
    }
}
