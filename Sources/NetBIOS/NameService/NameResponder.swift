/// Makes responses: a request and the owned names determine one response, or none (RFC 1002 §5.1.1.5).
struct NameResponder: Hashable, Sendable {
    /// The address of the interface, for names without an address of their own and for `*`.
    var address: IPv4Address
    /// All addresses of this host; registrations and releases from them are its own.
    var ownAddresses: Set<IPv4Address>
    /// The owner node type in responses.
    var nodeType: NodeType
    /// The time to live in responses, in seconds.
    var timeToLive: UInt32
    /// The unit id in node status responses.
    var unitID: UnitID

    /// Returns the response to a `request` from `host`; `nil` for none.
    ///
    /// Names that are being claimed or released, or are in conflict, are not in `names` and do not exist here.
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

    /// Whether `address` is one of this host's, or that of the name.
    func isOurs(_ address: IPv4Address, _ advertised: AdvertisedName? = nil) -> Bool {
        address == self.address || address == advertised?.address || self.ownAddresses.contains(address)
    }

    /// Returns the entry of a name in registrations and responses.
    func entry(for advertised: AdvertisedName) -> AddressEntry {
        AddressEntry(
            advertised.address ?? self.address,
            isGroup: advertised.isGroup,
            nodeType: self.nodeType
        )
    }

    /// Returns the entry of an owned name, or of `*` in a scope with an owned name.
    private func entry(for name: QualifiedName, owned: AdvertisedName?, names: NameTable) -> AddressEntry? {
        if let owned { return self.entry(for: owned) }
        guard name.name == .wildcard, !names.names(in: name.scope).isEmpty else { return nil }
        return AddressEntry(self.address, nodeType: self.nodeType)
    }

    /// Returns the queried name followed by others of the scope, up to the limit (§4.2.18).
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
