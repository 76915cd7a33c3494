import NetBIOS
import RouteConfig

extension NameServer {
    /// Names whose status is read in one turn of the loop.
    private static let snapshotStep = 256

    /// Reads the names and the counters, in steps between which the loop serves others.
    func state() async -> NameServiceState {
        let configuration = self.configuration
        let nodes = Array(self.nodes.values) + Array(self.retiring.values)
        // In one turn: a node may go meanwhile.
        var state = NameServiceState(
            configuration: configuration,
            nodes: [],
            counters: self.pastCounters,
            conflicts: self.pastConflicts
        )
        for node in nodes {
            state.counters.add(node.counters)
            state.conflicts += node.conflicts
        }
        for node in nodes {
            let isRetiring = self.nodes[node.network.id] !== node
            var names = NameServiceState.Node(
                network: node.network,
                routeAddresses: isRetiring ? nil : Set(self.usableAddresses(on: node.network)),
                time: DeadlineTimer.now
            )
            var place = 0
            repeat {
                names.names += node.statuses(place..<place + Self.snapshotStep)
                place += Self.snapshotStep
                await Task.yield()
            } while place < node.listedCount
            names.names += node.leavingStatuses
            state.nodes.append(names)
        }
        return state
    }
}
