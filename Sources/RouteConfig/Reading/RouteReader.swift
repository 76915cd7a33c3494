import NetBIOS

/// A route with the places of its values, as far as it could be read.
struct RouteDraft {
    /// The whole route, or its first line.
    var range: TextRange
    /// Text of the name, also of one that is none: a `default_route` that names it is not called unknown as well.
    var nameText: String?
    var name: Located<NetBIOSName>?
    var aliases: [Located<NetBIOSName>] = []
    /// Texts of the aliases that are none.
    var hasBadAlias = false
    /// `nil` when it is no scope.
    var scope: Scope? = Scope.none
    var suffixes: [Suffix] = []
    var backends: [Located<Backend>] = []
    var address: Located<IPv4Address>?
    var access = AccessDraft()
    /// `nil` when an error is in it.
    var route: Route?

    /// The name and the aliases.
    var names: [Located<NetBIOSName>] { (self.name.map { [$0] } ?? []) + self.aliases }
}

extension ConfigurationReader {
    /// Reads the routes of one file.
    mutating func readRoutes(_ file: MappingValues) {
        guard let entry = file[.routes] else { return }
        switch entry.value.content {
        case .sequence(let nodes):
            for node in nodes {
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

    /// Reads one route as far as it goes, and keeps it as a draft.
    private mutating func readRoute(_ node: YAMLNode) {
        var draft = RouteDraft(range: node.place)
        defer { self.drafts.append(draft) }
        guard let values = self.values(of: node, in: .route, called: "the route") else {
            self.isIncomplete = true
            draft.scope = nil
            return
        }
        draft.range = values.node.alias ?? self.start(of: values.node)
        self.readNames(values, into: &draft)
        self.readBackends(values, into: &draft)
        let balance = self.choice(.routeBalance, in: values, as: Route.Balance.self)
        draft.address = self.value(.routeAddress, in: values) { (text) throws(Flaw) in try AddressText.address(text) }
        let healthCheck = self.choice(.routeHealthCheck, in: values, as: Route.HealthCheck.self)
        let healthInterval = self.duration(.routeHealthInterval, in: values)
        let source = self.choice(.routeSource, in: values, as: Route.SourceAddress.self)
        draft.access = self.readAccess(allow: .routeAllow, deny: .routeDeny, of: "the route", in: values)
        let maxSessions = self.optionalCount(.routeMaxSessions, in: values)
        let onRemove = self.choice(.routeOnRemove, in: values, as: Route.OnRemove.self)

        guard let name = draft.name, let scope = draft.scope, !draft.backends.isEmpty else { return }
        var route = Route(name: name.value, scope: scope, backends: draft.backends.map(\.value))
        route.aliases = draft.aliases.map(\.value)
        route.suffixes = draft.suffixes
        if let balance { route.balance = balance }
        route.address = draft.address?.value
        if let healthCheck { route.healthCheck = healthCheck }
        if let healthInterval { route.healthInterval = healthInterval }
        if let source { route.source = source }
        route.access = draft.access.list
        if let maxSessions { route.maxSessions = maxSessions }
        if let onRemove { route.onRemove = onRemove }
        draft.route = route
    }

    /// Name, aliases, scope and suffixes.
    private mutating func readNames(_ values: MappingValues, into draft: inout RouteDraft) {
        if case .scalar(let text, _)? = values[.routeName]?.value.content { draft.nameText = text }
        draft.name = self.value(.routeName, in: values) { (text) throws(Flaw) in
            try NameText.name(text, suffix: .fileServer)
        }
        if values[.routeName] == nil { self.report(.shape(.missingKey("name", section: .route)), at: draft.range) }
        let aliases = self.list(.routeAliases, in: values, keepsDuplicates: true) { (text) throws(Flaw) in
            try NameText.name(text, suffix: .fileServer)
        }
        draft.hasBadAlias = aliases?.isComplete == false
        var seen: [NetBIOSName: TextRange] = [:]
        if let name = draft.name, aliases != nil { seen[name.value] = name.range }
        for alias in aliases?.items ?? [] {
            if let first = seen[alias.value] {
                self.report(
                    .relation(.redundantAlias(alias.value.text)),
                    at: alias.range,
                    related: [("the name is here", first)]
                )
            } else {
                seen[alias.value] = alias.range
                draft.aliases.append(alias)
            }
        }
        if values[.routeScope] != nil {
            let scope = self.value(.routeScope, in: values, NameText.scope)
            draft.scope = scope?.value
            if let scope, scope.value.description == "none" {
                self.report(.value(.scope(.none)), at: scope.range)
            }
        }
        let suffixes = self.list(.routeSuffixes, in: values, NameText.suffix)
        draft.suffixes = suffixes?.values ?? [.fileServer, .workstation]
        if let suffixes, suffixes.isEmpty {
            let help = "write `[0x20]` for the file server alone, or remove the key"
            self.report(.shape(.emptyList("suffixes", help: help)), at: suffixes.range)
        }
    }

    /// `backend` or `backends`.
    private mutating func readBackends(_ values: MappingValues, into draft: inout RouteDraft) {
        let one = self.value(.routeBackend, in: values, HostText.backend)
        let several = self.list(.routeBackends, in: values, HostText.backend)
        draft.backends = (one.map { [$0] } ?? []) + (several?.items ?? [])
        if let first = values[.routeBackend], let second = values[.routeBackends] {
            self.report(
                .shape(.bothBackendAndBackends),
                at: second.keyRange,
                related: [("`backend` is here", first.keyRange)]
            )
        } else if values[.routeBackend] == nil, values[.routeBackends] == nil {
            self.report(.shape(.missingBackend), at: draft.name?.range ?? draft.range)
        } else if let several, several.isEmpty {
            self.report(.shape(.emptyList("backends", help: "list at least one server: `[HOST]`")), at: several.range)
        }
    }

    /// The first key of a mapping, which stands for the whole in a message.
    private func start(of node: YAMLNode) -> TextRange {
        guard case .mapping(let entries) = node.content, let first = entries.first else {
            return self.firstLine(of: node.range)
        }
        return first.keyRange.file == node.range.file && first.keyRange.start >= node.range.start
            ? first.keyRange : self.firstLine(of: node.range)
    }
}
