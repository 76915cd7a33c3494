/// The names that a node owns, answers for and defends. Every operation takes constant time.
struct NameTable: Sendable {
    /// A name with its index in the list of its scope.
    private struct Record: Sendable {
        var advertised: AdvertisedName
        var position: Int
    }

    private var records: [QualifiedName: Record] = [:]
    private var namesByScope: [Scope: [QualifiedName]] = [:]

    /// The advertised form of a name; `nil` if it is not owned.
    subscript(name: QualifiedName) -> AdvertisedName? {
        self.records[name]?.advertised
    }

    /// Returns all names of a scope, in arbitrary order.
    func names(in scope: Scope) -> [QualifiedName] {
        self.namesByScope[scope] ?? []
    }

    /// Adds or replaces a name.
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

    /// Removes a name; the last of its scope takes its index.
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

    /// Makes room for `count` names, so that growth takes no turn of its own.
    mutating func reserveCapacity(_ count: Int) { self.records.reserveCapacity(count) }

    /// Takes all names out.
    mutating func removeAll() {
        self.records.removeAll()
        self.namesByScope.removeAll()
    }
}
