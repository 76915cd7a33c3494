import NetBIOS

/// The main file without its routes, with the places that the checks across values need.
struct FileDraft: KeyDraft {
    /// What needs no place, and what checks across values need as it will be.
    var configuration = RouterConfiguration()
    var addresses: LocatedList<IPv4Address>?
    /// Who may call at all.
    var access = AccessDraft()
    /// The text of `default_route`, and `nil` for `none`.
    var defaultRoute: Located<String?>?
    var include: LocatedList<String>?
    private var ranges: [PartialKeyPath<Self>: TextRange] = [:]
    private var refused: Set<PartialKeyPath<Self>> = []

    mutating func note(_ range: TextRange, at place: PartialKeyPath<Self>) { self.ranges[place] = range }

    mutating func refuse(_ place: PartialKeyPath<Self>) { self.refused.insert(place) }

    /// Where the value of a place is written.
    subscript(place: PartialKeyPath<Self>) -> TextRange? { self.ranges[place] }

    /// Whether a place has what the file means: no value was written for it that could not be read, or not as a whole.
    func isKnown(_ place: PartialKeyPath<Self>) -> Bool { !self.refused.contains(place) }
}

extension ConfigurationReader {
    /// Reads the main file, then what it includes; `nil` when there is nothing to read.
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

    /// Checks that a file says where its routes are.
    mutating func checkRoutesWritten(_ values: MappingValues) {
        guard values["routes"] == nil, values["include"] == nil else { return }
        let start = values.node.range.part(offset: 0, length: 0)
        self.report(.shape(.missingKey("routes", section: values.list.section)), at: start)
    }

    /// Takes the addresses to listen on: `0.0.0.0` is all of them, and no other can be bound beside it.
    mutating func checkAddresses(_ draft: inout FileDraft) {
        guard let addresses = draft.addresses else { return }
        draft.configuration.listen.addresses = addresses.values
        guard let any = addresses.items.first(where: { $0.value == .any }) else { return }
        for address in addresses.items where address.value != .any {
            self.report(
                .shape(.duplicateEntry("\(address.value)", key: "addresses")),
                at: address.range,
                related: [("this is every address", any.range)]
            )
        }
        draft.configuration.listen.addresses = [.any]
    }
}
