import NetBIOS
import RouteConfig

/// The name service at one moment as it is read on its loop; ``snapshot`` is for another thread.
struct NameServiceState: Sendable {
    var configuration: RouterConfiguration
    var nodes: [Node]
    var counters: NameServiceCounters
    var conflicts: Int

    /// A node, and its names.
    struct Node: Sendable {
        let network: NameNetwork
        /// The addresses of the network that a route's names can be advertised with; `nil` for a node that is going.
        let routeAddresses: Set<IPv4Address>?
        /// The moment, as the node counts it.
        let time: Duration
        var names: [NameStatus] = []
    }

    /// The names and the counts, for people and for JSON.
    var snapshot: NameServiceSnapshot {
        var routes: [QualifiedName: Route.ID] = [:]
        for route in self.configuration.routes {
            for name in route.calledNames { routes[name] = route.id }
        }
        var snapshot = NameServiceSnapshot(counters: self.counters, conflicts: self.conflicts)
        for node in self.nodes.sorted(by: { $0.network.order < $1.network.order }) {
            for status in node.names {
                snapshot.names.append(NameSnapshot(status, of: node, route: routes[status.advertised.name]))
            }
        }
        for name in self.configuration.advertisedNames {
            guard let address = name.address,
                !self.nodes.contains(where: { $0.routeAddresses?.contains(address) == true })
            else { continue }
            let route = routes[name.name]
            snapshot.names.append(
                NameSnapshot(name: name.name, isGroup: name.isGroup, route: route, state: .standby, address: address)
            )
        }
        return snapshot
    }
}

extension NameSnapshot {
    fileprivate init(_ status: NameStatus, of node: NameServiceState.Node, route: Route.ID?) {
        let (state, holder): (NameSnapshot.State, IPv4Address?) =
            switch status.state {
            case .claiming: (.claiming, nil)
            case .owned: (.owned, nil)
            case .conflict(let holder): (.conflict, holder)
            case .releasing: (.releasing, nil)
            }
        self.init(
            name: status.advertised.name,
            isGroup: status.advertised.isGroup,
            route: status.advertised.isGroup ? nil : route,
            state: state,
            interface: node.network.interface,
            address: status.advertised.address ?? node.network.address,
            holder: holder,
            registrar: status.registrar,
            grantedTimeToLive: status.grantedTimeToLive.map { .seconds(Int64($0)) },
            refreshIn: status.nextRefresh.map { max($0 - node.time, .zero) }
        )
    }
}

extension NameNetwork {
    /// The place of a network in lists.
    fileprivate var order: (Int, IPv4Address) { (self.interfaceIndex, self.address) }
}
