public import NetBIOS

/// What a reload changes: the difference between two configurations, as values.
public struct RouteTableChanges: Hashable, Sendable {
    public var addedRoutes: Set<Route.ID>
    public var removedRoutes: Set<Route.ID>
    /// In both, with another content.
    public var changedRoutes: Set<Route.ID>
    /// Names that are advertised from now on.
    public var claimedNames: Set<AdvertisedName>
    /// Names that are no longer advertised.
    public var releasedNames: Set<AdvertisedName>
}

extension RouterConfiguration {
    /// What is different in `new`.
    public func changes(to new: RouterConfiguration) -> RouteTableChanges {
        // Routes with one name and different suffixes have one identity.
        let before = Dictionary(grouping: self.routes, by: \.id)
        let after = Dictionary(grouping: new.routes, by: \.id)
        let oldNames = Set(self.advertisedNames)
        let newNames = Set(new.advertisedNames)
        return RouteTableChanges(
            addedRoutes: Set(after.keys).subtracting(before.keys),
            removedRoutes: Set(before.keys).subtracting(after.keys),
            changedRoutes: Set(before.compactMap { id, routes in after[id].map { $0 != routes } == true ? id : nil }),
            claimedNames: newNames.subtracting(oldNames),
            releasedNames: oldNames.subtracting(newNames)
        )
    }

    /// Every name that is advertised: first those that sessions call, which are what clients look for, the workgroup's last.
    public var advertisedNames: [AdvertisedName] {
        var names: [AdvertisedName] = []
        var others: [AdvertisedName] = []
        for route in self.routes {
            for name in route.calledNames {
                let advertised = AdvertisedName(name, isGroup: false, address: route.address)
                if name.name.suffix == .fileServer { names.append(advertised) } else { others.append(advertised) }
            }
        }
        names += others
        if let workgroup = self.names.workgroup {
            for scope in self.workgroupScopes {
                names.append(AdvertisedName(QualifiedName(workgroup, scope: scope), isGroup: true, address: nil))
            }
        }
        return names
    }

    /// The workgroup is a name like any other, so it is registered in each scope that a route is in.
    private var workgroupScopes: [Scope] {
        var seen: Set<Scope> = []
        return self.routes.map(\.scope).filter { seen.insert($0).inserted }
    }
}
