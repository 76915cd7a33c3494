import NetBIOS
import RouteConfig

// The names and the counts at one moment.
extension NameServer {
    /// Names that are looked at before others have the loop.
    private static let snapshotStep = 256

    /// Collects the names in steps, between which the loop serves others; the texts are made elsewhere.
    func snapshot() async -> NameServiceSnapshot {
        let configuration = self.configuration, names = self.names
        let nodes = (Array(self.nodes.values) + Array(self.retiring.values))
            .sorted { $0.network.order < $1.network.order }
        var snapshot = NameServiceSnapshot(counters: self.pastCounters, conflicts: self.pastConflicts)
        var present: Set<IPv4Address> = []
        for node in nodes {
            snapshot.counters.add(node.counters)
            snapshot.conflicts += node.conflicts
        }
        for node in self.nodes.values { present.formUnion(self.usableAddresses(on: node.network)) }
        var sections: [Section] = []
        for node in nodes {
            var place = 0
            repeat {
                let end = place + Self.snapshotStep
                sections.append(Section(network: node.network, statuses: node.statuses(place..<end)))
                place = end
                await Task.yield()
            } while place < node.listedCount
            sections.append(Section(network: node.network, statuses: node.leavingStatuses))
        }
        snapshot.names = await Self.snapshots(of: sections, names, present, configuration)
        return snapshot
    }

    /// Some names of one network.
    private struct Section {
        let network: NameNetwork
        let statuses: [NameStatus]
    }

    @concurrent
    private static func snapshots(
        of sections: [Section],
        _ names: NameList,
        _ present: Set<IPv4Address>,
        _ configuration: RouterConfiguration
    ) async -> [NameSnapshot] {
        var routes: [QualifiedName: Route.ID] = [:]
        for route in configuration.routes {
            for name in route.calledNames { routes[name] = route.id }
        }
        let now = DeadlineTimer.now
        var snapshots: [NameSnapshot] = []
        for section in sections {
            snapshots += section.statuses.map { status in
                let name = status.advertised
                return NameSnapshot(
                    status,
                    on: section.network,
                    route: name.isGroup ? nil : routes[name.name],
                    now: now
                )
            }
        }
        for name in names.names {
            guard let address = name.address, !present.contains(address) else { continue }
            let route = routes[name.name]
            snapshots.append(
                NameSnapshot(name: name.name, isGroup: name.isGroup, route: route, state: .standby, address: address)
            )
        }
        return snapshots
    }
}

extension NameSnapshot {
    /// A name of a node.
    fileprivate init(_ status: NameStatus, on network: NameNetwork, route: Route.ID?, now: Duration) {
        let (state, holder): (State, IPv4Address?) =
            switch status.state {
            case .claiming: (.claiming, nil)
            case .owned: (.owned, nil)
            case .conflict(let holder): (.conflict, holder)
            case .releasing: (.releasing, nil)
            }
        self.init(
            name: status.advertised.name,
            isGroup: status.advertised.isGroup,
            route: route,
            state: state,
            interface: network.interface,
            address: status.advertised.address ?? network.address,
            holder: holder,
            registrar: status.registrar,
            grantedTimeToLive: status.grantedTimeToLive.map { .seconds(Int64($0)) },
            refreshIn: status.nextRefresh.map { max($0 - now, .zero) }
        )
    }
}
