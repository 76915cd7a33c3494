import NetBIOS

/// A route with the places of its values, as far as it could be read.
struct RouteDraft: KeyDraft {
    /// The entire route, or its first line.
    var range: TextRange
    /// The values whose places are not needed. Names and backends are set when everything is read.
    var route = Route(name: .anyServer, backends: [])
    /// The text of the name, even if invalid, so that a `default_route` with this name is not reported as unknown.
    var nameText: String?
    var name: Located<NetBIOSName>?
    var aliases: LocatedList<NetBIOSName>?
    var backend: Located<Backend>?
    var backends: LocatedList<Backend>?
    var address: Located<IPv4Address>?
    var healthInterval: Located<Duration>?
    var access = AccessDraft()
    /// Properties whose written values were refused.
    private var refused: Set<PartialKeyPath<Self>> = []

    init(range: TextRange) {
        self.range = range
    }

    mutating func note(_ range: TextRange, at place: PartialKeyPath<Self>) {}

    mutating func refuse(_ place: PartialKeyPath<Self>) { self.refused.insert(place) }

    /// The name and the aliases.
    var names: [Located<NetBIOSName>] { (self.name.map { [$0] } ?? []) + (self.aliases?.items ?? []) }

    /// The scope; `nil` if it is invalid.
    var scope: Scope? { self.refused.isEmpty || !self.refused.contains(\.route.scope) ? self.route.scope : nil }

    /// The value of `backend`, or the values of `backends`.
    var servers: [Located<Backend>] { (self.backend.map { [$0] } ?? []) + (self.backends?.items ?? []) }

    /// The route; `nil` if its name, scope or backends are invalid.
    var result: Route? {
        guard let name, let scope = self.scope, case let servers = self.servers, !servers.isEmpty else { return nil }
        var route = self.route
        route.name = name.value
        route.scope = scope
        route.aliases = self.aliases?.values ?? []
        route.backends = servers.map(\.value)
        route.address = self.address?.value
        if let healthInterval { route.healthInterval = healthInterval.value }
        route.access = self.access.list
        return route
    }
}

extension ConfigurationReader {
    /// Reads the routes of one file.
    mutating func readRoutes(_ entry: YAMLEntry) {
        switch entry.value.content {
        case .sequence(let nodes):
            for node in nodes where !self.isFull {
                let before = self.alias
                self.alias = node.alias ?? entry.value.alias ?? before
                self.readRoute(node)
                self.alias = before
            }
        case .scalar where entry.value.isEmpty: break
        case .scalar, .mapping, .unknown:
            self.isIncomplete = true
            let help = "begin each route with `- name: NAME`"
            self.reportWrongType("routes", expected: "a list of routes", entry.value, key: entry.keyRange, help: help)
        }
    }

    /// Reads one route as far as possible, and keeps it as a draft.
    private mutating func readRoute(_ node: YAMLNode) {
        var draft = RouteDraft(range: node.place)
        if let values = self.values(of: node, KeyTable.route.list) {
            draft.range = self.start(of: node)
            self.read(values, KeyTable.route, into: &draft)
        } else {
            self.isIncomplete = true
            draft.refuse(\.route.scope)
        }
        self.drafts.append(draft)
    }

    /// Reports and drops aliases that duplicate a name of the route.
    mutating func dropRedundantAliases(of draft: inout RouteDraft) {
        guard let aliases = draft.aliases else { return }
        var seen: [NetBIOSName: TextRange] = [:]
        if let name = draft.name { seen[name.value] = name.range }
        draft.aliases?.items.removeAll()
        for alias in aliases.items {
            if let first = seen[alias.value] {
                self.report(
                    .relation(.redundantAlias(alias.value.text)),
                    at: alias.range,
                    related: [("the name is here", first)]
                )
            } else {
                seen[alias.value] = alias.range
                draft.aliases?.items.append(alias)
            }
        }
    }

    /// Checks that a route has either `backend` or `backends`.
    mutating func checkBackends(of draft: RouteDraft, _ values: MappingValues) {
        switch (values["backend"], values["backends"]) {
        case (let first?, let second?):
            self.report(
                .shape(.bothBackendAndBackends),
                at: second.keyRange,
                related: [("`backend` is here", first.keyRange)]
            )
        case (nil, nil): self.report(.shape(.missingBackend), at: draft.name?.range ?? draft.range)
        case (nil, _?):
            guard let several = draft.backends, several.isEmpty else { return }
            self.report(.shape(.emptyList("backends", help: "list at least one server: `[HOST]`")), at: several.range)
        case (_?, nil): break
        }
    }
}
