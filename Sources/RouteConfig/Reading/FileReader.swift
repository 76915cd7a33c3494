import NetBIOS

/// What the main file says besides its routes, with the places that the checks across values need.
struct FileDraft {
    var listen = ListenSettings()
    var names = NameSettings()
    var sessions = SessionSettings()
    /// Who may call at all.
    var access = AccessDraft()
    var control: String?
    var metrics: Located<MetricsEndpoint?>?
    /// The text behind `default_route`, and `nil` for `none`.
    var defaultRoute: Located<String?>?
    var nodeType: Located<String>?
    var winsServers: LocatedList<IPv4Address>?
    var workgroup: TextRange?
    /// Where names are said to be announced.
    var announce: TextRange?
    /// Where the two ports of UDP are written.
    var namePort: TextRange?, datagramPort: TextRange?
    var unknownNames: TextRange?
    /// Whether the session port is what the file means, so that backends can be compared with it.
    var isSessionPortKnown = true
    /// Whether the node type is what the file means.
    var isNodeTypeKnown = true
}

extension ConfigurationReader {
    /// Reads the main file, then what it includes; `nil` when there is nothing to read.
    mutating func readFile(_ document: YAMLDocument, directory: String) -> RouterConfiguration? {
        guard let root = document.root, !root.isEmpty else {
            if document.isComplete {
                self.report(.shape(.missingKey("routes", section: .file)), at: TextRange(file: 0, start: 0, end: 0))
            }
            return nil
        }
        guard let values = self.values(of: root, in: .file, called: "the file") else { return nil }
        var draft = FileDraft()
        self.readListen(values, into: &draft)
        self.readNames(values, into: &draft)
        draft.sessions = self.readSessions(values, into: &draft)
        draft.defaultRoute = self.optional(.defaultRoute, in: values) { (text) throws(Flaw) in text }
        let control = self.optional(.control, in: values, AddressText.socketPath)
        draft.metrics = self.optional(.metrics, in: values, AddressText.endpoint)
        self.readRoutes(values)
        if values[.routes] == nil, values[.include] == nil {
            let start = root.range.part(offset: 0, length: 0)
            self.report(.shape(.missingKey("routes", section: .file)), at: start)
        }
        self.readIncludes(values, directory: directory)
        let defaultRoute = self.checkRelations(draft)
        if self.drafts.isEmpty, !self.isIncomplete, let entry = values[.routes] ?? values[.include] {
            self.report(.shape(.noRoutes), at: entry.keyRange)
        }

        var configuration = RouterConfiguration(listen: draft.listen, names: draft.names, sessions: draft.sessions)
        configuration.defaultRoute = defaultRoute
        if let control { configuration.control = control.value }
        configuration.metrics = draft.metrics?.value
        configuration.routes = self.drafts.compactMap(\.route)
        return configuration
    }

    /// The section `listen`.
    private mutating func readListen(_ file: MappingValues, into draft: inout FileDraft) {
        guard let entry = file[.listen], let values = self.values(of: entry.value, in: .listen, called: "listen") else {
            draft.isSessionPortKnown = file[.listen] == nil
            return
        }
        let addresses = self.list(.listenAddresses, in: values) { (text) throws(Flaw) in
            try AddressText.address(text, allowsAny: true)
        }
        if let addresses {
            draft.listen.addresses = self.listenAddresses(addresses)
            if addresses.isEmpty {
                let help = "write `[0.0.0.0]` for every address of this machine, or remove the key"
                self.report(.shape(.emptyList("addresses", help: help)), at: addresses.range)
            }
        }
        let sessionPort = self.port(.listenSessionPort, in: values)
        draft.isSessionPortKnown = sessionPort != nil || values[.listenSessionPort] == nil
        if let sessionPort { draft.listen.sessionPort = sessionPort }
        if let port = self.value(.listenNamePort, in: values, NumberText.port) {
            draft.listen.namePort = port.value
            draft.namePort = port.range
        }
        if let port = self.value(.listenDatagramPort, in: values, NumberText.port) {
            draft.listen.datagramPort = port.value
            draft.datagramPort = port.range
        }
        if let interfaces = self.list(.listenInterfaces, in: values, AddressText.interface) {
            draft.listen.interfaces = interfaces.values
        }
    }

    /// The addresses to listen on: `0.0.0.0` is all of them, and no other can be bound beside it.
    private mutating func listenAddresses(_ addresses: LocatedList<IPv4Address>) -> [IPv4Address] {
        guard let any = addresses.items.first(where: { $0.value == .any }) else { return addresses.values }
        for address in addresses.items where address.value != .any {
            self.report(
                .shape(.duplicateEntry("\(address.value)", key: "addresses")),
                at: address.range,
                related: [("this is every address", any.range)]
            )
        }
        return [.any]
    }

    /// The section `names`.
    private mutating func readNames(_ file: MappingValues, into draft: inout FileDraft) {
        guard let entry = file[.names], let values = self.values(of: entry.value, in: .names, called: "names") else {
            return
        }
        draft.nodeType = self.choice(.namesNodeType, in: values)
        draft.isNodeTypeKnown = draft.nodeType != nil || values[.namesNodeType] == nil
        switch draft.nodeType?.value {
        case "point": draft.names.nodeType = .point
        case "mixed": draft.names.nodeType = .mixed
        case "hybrid": draft.names.nodeType = .hybrid
        default: draft.names.nodeType = .broadcast
        }
        draft.winsServers = self.list(.namesWINSServers, in: values) { (text) throws(Flaw) in
            try AddressText.address(text)
        }
        draft.names.winsServers = draft.winsServers?.values ?? []
        if values[.namesWINSServers] != nil, draft.winsServers == nil {
            draft.winsServers = LocatedList(range: entry.keyRange, isComplete: false)
        }
        let workgroup = self.optional(.namesWorkgroup, in: values) { (text) throws(Flaw) in
            try NameText.name(text, suffix: .workstation)
        }
        if let workgroup {
            draft.names.workgroup = workgroup.value
            draft.workgroup = workgroup.range
        }
        if let ttl = self.duration(.namesTTL, in: values) { draft.names.ttl = ttl }
        if let rate = self.count(.namesClaimRate, in: values) { draft.names.claimRate = rate }
        if let announce = self.value(.namesAnnounce, in: values, NumberText.boolean) {
            draft.names.announce = announce.value
            draft.announce = announce.range
        }
    }

    /// The section `sessions`.
    private mutating func readSessions(_ file: MappingValues, into draft: inout FileDraft) -> SessionSettings {
        var settings = SessionSettings()
        guard let entry = file[.sessions],
            let values = self.values(of: entry.value, in: .sessions, called: "sessions")
        else { return settings }
        if let time = self.optionalDuration(.sessionsRequestTimeout, in: values) { settings.requestTimeout = time }
        if let time = self.optionalDuration(.sessionsConnectTimeout, in: values) { settings.connectTimeout = time }
        if let time = self.optionalDuration(.sessionsIdleTimeout, in: values) { settings.idleTimeout = time }
        if let count = self.optionalCount(.sessionsMaxSessions, in: values) { settings.maxSessions = count }
        if let count = self.optionalCount(.sessionsMaxSessionsPerClient, in: values) {
            settings.maxSessionsPerClient = count
        }
        if let count = self.optionalCount(.sessionsMaxPending, in: values) { settings.maxPending = count }
        if let choice = self.choice(.sessionsUnknownNames, in: values), choice.value == "default" {
            settings.unknownNames = .defaultRoute
            draft.unknownNames = choice.range
        }
        draft.access = self.readAccess(allow: .sessionsAllow, deny: .sessionsDeny, of: "any route", in: values)
        settings.access = draft.access.list
        return settings
    }
}
