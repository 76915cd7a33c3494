import Foundation

/// A second network, 10.78.0.0/24, beyond a router, without broadcasts between the two. That router also has a route to
/// 10.79.0.0/24 by way of nbrouter.
extension Lan {
    /// Builds it, with so many hosts, and routes between the two; it goes with the network.
    func addFarNetwork(hosts count: Int) throws -> [Host] {
        let folder = self.folder
        let hop = try NetworkNamespace("hop", folder: folder)
        let hosts = try (1...count).map { number in
            try Host(
                name: "far\(number)",
                address: "10.78.0.\(10 + number)",
                folder: folder,
                belongings: self.belongings
            )
        }
        for namespace in [hop] + hosts.map(\.namespace) {
            self.belongings.add { namespace.delete(folder: folder) }
        }
        var links = ["netns add \(hop.name)"]
        links.append("link add eth0 netns \(hop.name) type veth peer name porthop netns \(self.wire.name)")
        for (index, host) in hosts.enumerated() {
            links.append("netns add \(host.namespace.name)")
            links.append("link add eth0 netns \(host.namespace.name) type veth peer name far\(index) netns \(hop.name)")
        }
        try self.ip(batch: links)
        try self.ip(batch: ["link set porthop master bridge0 up"], in: self.wire)
        try self.ip(
            batch: [
                "link set lo up", "addr add 10.77.0.254/24 dev eth0", "link set eth0 up",
                "link add bridge1 type bridge forward_delay 0 stp_state 0", "addr add 10.78.0.254/24 dev bridge1",
                "link set bridge1 up", "route add 10.79.0.0/24 via 10.77.0.1",
            ] + hosts.indices.map { "link set far\($0) master bridge1 up" },
            in: hop
        )
        let forwarding = try Finished(
            running: ["sysctl", "-qw", "net.ipv4.ip_forward=1"],
            in: hop,
            folder: self.folder,
            within: 10
        )
        guard forwarding.succeeded else { throw ToolFailure(finished: forwarding) }
        for host in hosts {
            try self.ip(
                batch: [
                    "link set lo up", "addr add \(host.address)/24 broadcast 10.78.0.255 dev eth0", "link set eth0 up",
                    "route add default via 10.78.0.254",
                ],
                in: host.namespace
            )
        }
        for host in [self.router, self.client, self.stranger] {
            try self.ip(batch: ["route add 10.78.0.0/24 via 10.77.0.254"], in: host.namespace)
        }
        try eventually("bridges that forward", within: 20) {
            let script = "cat /sys/class/net/far*/brport/state"
            let states = try Finished(
                running: ["sh", "-c", script],
                in: hop,
                folder: self.folder,
                within: 10
            )
            return states.output == String(repeating: "3\n", count: hosts.count)
        }
        try self.waitUntilForwarding()
        return hosts
    }
}
