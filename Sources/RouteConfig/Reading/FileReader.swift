import NetBIOS

/// The main file without its routes, with the places that relation checks need.
struct FileDraft: KeyDraft {
    /// The values whose places are not needed.
    var configuration = RouterConfiguration()
    var addresses: LocatedList<IPv4Address>?
    /// `allow` and `deny` for all routes.
    var access = AccessDraft()
    /// The text of `default_route`, and `nil` for `none`.
    var defaultRoute: Located<String?>?
    var include: LocatedList<String>?
    private var ranges: [PartialKeyPath<Self>: TextRange] = [:]
    private var refused: Set<PartialKeyPath<Self>> = []

    mutating func note(_ range: TextRange, at place: PartialKeyPath<Self>) { self.ranges[place] = range }

    mutating func refuse(_ place: PartialKeyPath<Self>) { self.refused.insert(place) }

    /// Returns the range in which a property's value is written.
    subscript(place: PartialKeyPath<Self>) -> TextRange? { self.ranges[place] }

    /// Whether a property has the value of the file: nothing written for it was refused, not even in part.
    func isKnown(_ place: PartialKeyPath<Self>) -> Bool { !self.refused.contains(place) }
}

extension ConfigurationReader {
    /// Reads the main file and its includes; `nil` if there is nothing to read.
    mutating func readFile(_ document: YAMLDocument, directory: String) -> RouterConfiguration? {
        guard let root = document.root, !root.isEmpty else {
            if document.isComplete {
                let problem = ShapeProblem.missingKey("routes", section: KeyTable.file.list.section)
                self.report(.shape(problem), at: TextRange(file: 0, start: 0, end: 0))
            }
            return nil
        }
        guard let values = self.values(of: root, KeyTable.file.list) else { return nil }
        var draft = FileDraft()
        self.read(values, KeyTable.file, into: &draft)
        self.readIncludes(&draft, directory: directory)
        let defaultRoute = self.checkRelations(draft)
        if self.drafts.isEmpty, !self.isIncomplete, let entry = values["routes"] ?? values["include"] {
            self.report(.shape(.noRoutes), at: entry.keyRange)
        }

        var configuration = draft.configuration
        configuration.sessions.access = draft.access.list
        configuration.defaultRoute = defaultRoute
        configuration.routes = self.drafts.compactMap(\.result)
        return configuration
    }

    /// Reports a file without `routes` and `include`.
    mutating func checkRoutesWritten(_ values: MappingValues) {
        guard values["routes"] == nil, values["include"] == nil else { return }
        let start = values.node.range.part(offset: 0, length: 0)
        self.report(.shape(.missingKey("routes", section: values.list.section)), at: start)
    }

    /// Stores the listening addresses. `0.0.0.0` covers all addresses, so others beside it are reported and dropped.
    mutating func checkAddresses(_ draft: inout FileDraft) {
        guard let addresses = draft.addresses else { return }
        draft.configuration.listen.addresses = addresses.values
        guard let any = addresses.items.first(where: { $0.value == .any }) else { return }
        for address in addresses.items where address.value != .any {
            self.report(
                .shape(.duplicateEntry("\(address.value)", key: "addresses")),
                at: address.range,
                related: [("this covers every address", any.range)]
            )
        }
        draft.configuration.listen.addresses = [.any]
    }
}
