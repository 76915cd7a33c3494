/// What a node answers: one request and the names it owns make one response, or silence (RFC 1002 §5.1.1.5).
struct NameResponder: Hashable, Sendable {
    /// The address of the interface, for names that have none of their own and for `*`.
    var address: IPv4Address
    /// Every address of this host, where others know us by; what they register and release is our own.
    var ownAddresses: Set<IPv4Address>
    /// The owner node type in what we answer.
    var nodeType: NodeType
    /// How long an asker may remember an answer, in seconds.
    var timeToLive: UInt32
    /// The unit id in node status responses.
    var unitID: UnitID

    /// The answer to `request`, which came from `host`; `nil` for silence.
    ///
    /// A name that is claimed, released or in conflict is not in `names` and does not exist here.
    func response(
        to request: NameServiceRequest,
        from host: IPv4Address,
        wasBroadcast: Bool,
        names: NameTable
    ) -> NameServiceResponse? {
        let owned = names[request.name]
        switch request.operation {
        case .query:
            if let entry = self.entry(for: request.name, owned: owned, names: names) {
                return NameServiceResponse(to: request, .addresses([entry], timeToLive: self.timeToLive))
            }
            if wasBroadcast || request.isBroadcast { return nil }
            return NameServiceResponse(to: request, .queryRefused(.nameUnknown))
        case .nodeStatus:
            guard self.entry(for: request.name, owned: owned, names: names) != nil else { return nil }
            return NameServiceResponse(to: request, .nodeStatus(self.status(of: owned, in: request.name.scope, names)))
        case .registration(let entry, _), .overwrite(let entry, _), .refresh(let entry, _),
            .multihomedRegistration(let entry, _):
            guard let owned, !(owned.isGroup && entry.isGroup), !self.isOurs(entry.address, owned), !self.isOurs(host)
            else { return nil }
            return NameServiceResponse(to: request, .registrationRefused(.active, entry, timeToLive: 0))
        case .release(let entry):
            guard let owned, !owned.isGroup, !self.isOurs(entry.address, owned), !self.isOurs(host) else { return nil }
            return NameServiceResponse(to: request, .releaseRefused(.active, entry, timeToLive: 0))
        }
    }

    /// Whether `address` is one of this host's, or the one that the name is advertised with.
    func isOurs(_ address: IPv4Address, _ advertised: AdvertisedName? = nil) -> Bool {
        address == self.address || address == advertised?.address || self.ownAddresses.contains(address)
    }

    /// What is registered, and answered, for a name.
    func entry(for advertised: AdvertisedName) -> AddressEntry {
        AddressEntry(
            advertised.address ?? self.address,
            isGroup: advertised.isGroup,
            nodeType: self.nodeType
        )
    }

    /// The entry of an owned name, or of `*` in a scope that we own a name in.
    private func entry(for name: QualifiedName, owned: AdvertisedName?, names: NameTable) -> AddressEntry? {
        if let owned { return self.entry(for: owned) }
        guard name.name == .wildcard, !names.names(in: name.scope).isEmpty else { return nil }
        return AddressEntry(self.address, nodeType: self.nodeType)
    }

    /// The queried name first, then others of the scope, up to what is sent (§4.2.18).
    private func status(of queried: AdvertisedName?, in scope: Scope, _ names: NameTable) -> NodeStatus {
        let all = names.names(in: scope)
        var listed = queried.map { [$0] } ?? []
        for name in all where name != queried?.name {
            guard listed.count < NodeStatus.maximumNames else { break }
            if let advertised = names[name] { listed.append(advertised) }
        }
        return NodeStatus(
            names: listed.map { NodeStatus.Name($0.name.name, isGroup: $0.isGroup, nodeType: self.nodeType) },
            isTruncated: listed.count < all.count,
            unitID: self.unitID
        )
    }
}
