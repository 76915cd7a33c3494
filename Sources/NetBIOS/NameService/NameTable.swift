/// The names that a node owns at the moment: what it answers and defends. Every operation takes constant time.
struct NameTable: Sendable {
    /// A name, and where in the list of its scope it stands.
    private struct Record: Sendable {
        var advertised: AdvertisedName
        var position: Int
    }

    private var records: [QualifiedName: Record] = [:]
    private var namesByScope: [Scope: [QualifiedName]] = [:]

    /// The name as it is advertised; `nil` when it is not owned.
    subscript(name: QualifiedName) -> AdvertisedName? {
        self.records[name]?.advertised
    }

    /// All names of a scope, in no order that means anything.
    func names(in scope: Scope) -> [QualifiedName] {
        self.namesByScope[scope] ?? []
    }

    /// Adds a name, or changes how it is advertised.
    mutating func insert(_ advertised: AdvertisedName) {
        let name = advertised.name
        if self.records[name] != nil {
            self.records[name]?.advertised = advertised
            return
        }
        let position = self.namesByScope[name.scope]?.count ?? 0
        self.namesByScope[name.scope, default: []].append(name)
        self.records[name] = Record(advertised: advertised, position: position)
    }

    /// Takes a name out; the last of its scope moves into its place.
    mutating func remove(_ name: QualifiedName) {
        guard let position = self.records.removeValue(forKey: name)?.position,
            let last = self.namesByScope[name.scope]?.popLast()
        else { return }
        if last != name {
            self.namesByScope[name.scope]?[position] = last
            self.records[last]?.position = position
        }
        if self.namesByScope[name.scope]?.isEmpty == true { self.namesByScope[name.scope] = nil }
    }

    /// Takes all names out.
    mutating func removeAll() {
        self.records.removeAll()
        self.namesByScope.removeAll()
    }
}
