public import NetBIOS

/// The differences between two configurations.
public struct RouteTableChanges: Hashable, Sendable {
    public var addedRoutes: Set<Route.ID>
    public var removedRoutes: Set<Route.ID>
    /// Routes in both configurations with different settings.
    public var changedRoutes: Set<Route.ID>
    /// Names that only the new configuration advertises.
    public var claimedNames: Set<AdvertisedName>
    /// Names that only the old configuration advertises.
    public var releasedNames: Set<AdvertisedName>
}

extension RouterConfiguration {
    /// Returns the differences to `new`.
    public func changes(to new: RouterConfiguration) -> RouteTableChanges {
        // Routes with the same name and different suffixes have the same identity.
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

    /// All names to advertise: those of routes first, since clients look for them, the workgroup's last.
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

    /// The scopes in which the workgroup is registered: those of all routes.
    private var workgroupScopes: [Scope] {
        var seen: Set<Scope> = []
        return self.routes.map(\.scope).filter { seen.insert($0).inserted }
    }
}
