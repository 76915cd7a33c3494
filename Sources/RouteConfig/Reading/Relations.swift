import NetBIOS

extension ConfigurationReader {
    /// Checks relations between values and returns the default route.
    mutating func checkRelations(_ file: FileDraft) -> Route.ID? {
        self.alias = nil
        self.checkNames(file)
        self.checkNameServers(file)
        self.checkAnnouncing(file)
        self.checkBackends(file)
        self.checkHealthChecks()
        self.checkAccess(file)
        return self.checkDefaultRoute(file)
    }

    // MARK: - Names

    /// Reports each duplicate (name, suffix, scope), once per name.
    private mutating func checkNames(_ file: FileDraft) {
        var owners: [QualifiedName: TextRange] = [:]
        for draft in self.drafts where !self.isFull {
            guard let scope = draft.scope else { continue }
            for name in draft.names {
                let keys = draft.route.suffixes.map { QualifiedName(name.value.with($0), scope: scope) }
                if let first = keys.lazy.compactMap({ owners[$0] }).first {
                    // A route that is duplicated through an alias is reported at the alias.
                    let place = first == name.range ? draft.range : name.range
                    self.report(
                        .relation(.duplicateName(name.value.text, scope: "\(scope)")),
                        at: place,
                        related: [("first written here", first)]
                    )
                    continue
                }
                for key in keys { owners[key] = name.range }
                if let workgroup = file.configuration.names.workgroup, keys.contains(where: { $0.name == workgroup }) {
                    self.report(
                        .relation(.nameIsWorkgroup(name.value.text)),
                        at: name.range,
                        related: file[\.configuration.names.workgroup].map { [("the workgroup is here", $0)] } ?? []
                    )
                }
            }
        }
    }

    /// Checks that P, M and H nodes have WINS servers; B nodes use none.
    private mutating func checkNameServers(_ file: FileDraft) {
        let names = file.configuration.names
        let nodeType = file[\.configuration.names.nodeType]
        let servers = file[\.configuration.names.winsServers]
        if names.nodeType != .broadcast, let nodeType {
            guard names.winsServers.isEmpty, file.isKnown(\.configuration.names.winsServers) else { return }
            let word = KeyTable.nodeTypes.first { $0.value == names.nodeType }?.name ?? ""
            self.report(
                .relation(.winsMissing(nodeType: word)),
                at: nodeType,
                related: servers.map { [("the list is empty", $0)] } ?? []
            )
        } else if let servers, !names.winsServers.isEmpty, file.isKnown(\.configuration.names.nodeType) {
            self.report(
                .relation(.winsUnused),
                at: servers,
                related: nodeType.map { [("the node type is here", $0)] } ?? []
            )
        }
    }

    /// Checks that `announce` has a workgroup and a UDP port of its own.
    private mutating func checkAnnouncing(_ file: FileDraft) {
        let names = file.configuration.names
        let listen = file.configuration.listen
        guard names.announce, let announce = file[\.configuration.names.announce] else { return }
        if names.workgroup == nil {
            self.report(
                .relation(.announceWithoutWorkgroup),
                at: announce,
                related: file[\.configuration.names.workgroup].map { [("there is no workgroup", $0)] } ?? []
            )
        }
        let namePort = file[\.configuration.listen.namePort]
        let datagramPort = file[\.configuration.listen.datagramPort]
        if listen.namePort == listen.datagramPort, let place = datagramPort ?? namePort {
            let first = datagramPort == nil ? nil : namePort
            self.report(
                .relation(.portTwice(listen.datagramPort)),
                at: place,
                related: first.map { [("the other one is here", $0)] } ?? []
            )
        }
    }

    // MARK: - Backends

    /// Reports backends that are the router itself, whose sessions would loop until a limit is reached.
    private mutating func checkBackends(_ file: FileDraft) {
        let routeAddresses = Set(self.drafts.compactMap(\.address?.value))
        let bound = Set(file.configuration.listen.addresses)
        for draft in self.drafts where !self.isFull {
            for backend in draft.servers {
                guard let listener = self.listener(of: backend.value, file, bound: bound, routeAddresses) else {
                    continue
                }
                self.report(
                    .relation(.backendIsSelf("\(backend.value)", listener: listener)),
                    at: backend.range
                )
            }
        }
    }

    /// Which of the router's own listeners a backend is, as far as the file alone can say; `nil` for none.
    private func listener(
        of backend: Backend,
        _ file: FileDraft,
        bound: Set<IPv4Address>,
        _ routeAddresses: Set<IPv4Address>
    ) -> String? {
        let name = backend.host.lowercased()
        let groups = IPv6Text.groups(name)
        let isLocalhost = name == "localhost" || name == "localhost."
        let address =
            IPv4Address(name) ?? groups.flatMap(IPv6Text.mappedIPv4) ?? (isLocalhost ? IPv4Address(127, 0, 0, 1) : nil)
        let listen = file.configuration.listen
        let isPortKnown = file.isKnown(\.configuration.listen) && file.isKnown(\.configuration.listen.sessionPort)
        if isPortKnown, backend.port == listen.sessionPort, let address {
            if routeAddresses.contains(address) { return "a route's `address`, port \(backend.port)" }
            let isAny = bound.contains(.any) && address.rawValue >> 24 == 127
            if isAny || bound.contains(address) { return "`listen`, port \(backend.port)" }
        }
        guard let metrics = file.configuration.metrics, metrics.port == backend.port else { return nil }
        let isSameText = metrics.host == name || groups != nil && IPv6Text.groups(metrics.host) == groups
        let isSame = isSameText || address != nil && IPv4Address(metrics.host) == address
        return isSame ? "`metrics`, port \(backend.port)" : nil
    }

    // MARK: - The default route

    /// Returns the route that `default_route` names; of several scopes, the one in the empty scope.
    private mutating func checkDefaultRoute(_ file: FileDraft) -> Route.ID? {
        guard let written = file.defaultRoute, let text = written.value else {
            if file.configuration.sessions.unknownNames == .defaultRoute,
                let place = file[\.configuration.sessions.unknownNames]
            {
                self.report(
                    .relation(.missingDefaultRoute),
                    at: place,
                    related: file.defaultRoute.map { [("`none` is here", $0.range)] } ?? []
                )
            }
            return nil
        }
        let name = try? NetBIOSName(text)
        let named = self.drafts.filter { draft in draft.names.contains { $0.value == name } }
        guard let route = named.first(where: { $0.scope?.isEmpty ?? true }) ?? named.first else {
            let isExplained =
                self.isIncomplete
                || self.drafts.contains {
                    $0.aliases?.isComplete == false || $0.name == nil && ($0.nameText == nil || $0.nameText == text)
                }
            if !isExplained {
                let known = self.drafts.prefix(1000).flatMap(\.names).map(\.value.text)
                let nearest = Suggestion.nearest(to: text, among: known)
                self.report(.relation(.unknownDefaultRoute(text, suggestion: nearest)), at: written.range)
            }
            return nil
        }
        let scopes = Set(named.compactMap(\.scope))
        if scopes.count > 1, !scopes.contains(.none) {
            self.report(
                .relation(.ambiguousDefaultRoute(text, scopes: scopes.map(\.description).sorted())),
                at: written.range,
                related: named.prefix(4).compactMap(\.name?.range).map { ("a route in one of them", $0) }
            )
        }
        self.checkShadows(of: route, text, at: written.range, file)
        return route.result?.id
    }

    /// Warns if calls by address reach other routes before the default route.
    ///
    /// This happens if another route earlier in the file has the default route's `address`, or if the router listens
    /// only on addresses of other routes.
    private mutating func checkShadows(of route: RouteDraft, _ name: String, at place: TextRange, _ file: FileDraft) {
        var first: [IPv4Address: RouteDraft] = [:]
        for draft in self.drafts {
            if let address = draft.address, first[address.value] == nil { first[address.value] = draft }
        }
        let isOther = { (draft: RouteDraft) in draft.range != route.range }
        let own = route.address.flatMap { first[$0.value] }
        let takers = file.configuration.listen.addresses.map { first[$0] }
        let shadow =
            own.flatMap { isOther($0) ? $0 : nil }
            ?? (takers.allSatisfy { $0.map(isOther) ?? false } ? takers.first ?? nil : nil)
        guard let shadow, let other = shadow.name, let address = shadow.address else { return }
        self.report(
            .relation(.defaultRouteShadowed(name, by: other.value.text)),
            at: place,
            related: [("takes the calls that arrive on it", address.range)]
        )
    }
}
