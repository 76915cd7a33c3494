import Foundation
import Glibc

/// One broadcast network with a router, a client, a stranger and some servers, each in a network namespace of its own.
///
/// The network and every program started on it are gone when ``with(servers:alone:_:)`` returns, also if it throws.
final class Lan: Sendable {
    /// The host of nbrouter.
    let router: Host
    /// The NetBIOS client.
    let client: Host
    /// A third party: another holder of a name, an attacker.
    let stranger: Host
    /// The servers behind the router.
    let servers: [Host]
    /// The network's broadcast address; all tests use 10.77.0.0/24, each in isolation.
    static let broadcastAddress = "10.77.0.255"
    /// The network, as in routes.yaml.
    static let network = "10.77.0.0/24"

    let wire: NetworkNamespace
    let folder: TemporaryFolder
    let belongings = Belongings()

    /// Builds a network, passes it to the test and deletes it.
    ///
    /// With `alone` no other test runs meanwhile, for tests that measure time.
    static func with<Value>(servers: Int = 1, alone: Bool = false, _ body: (Lan) throws -> Value) throws -> Value {
        try Prerequisites.requireRoot()
        return try NoisyNeighbours.shared.run(alone: alone) {
            let lan = try Lan(servers: servers)
            defer { lan.tearDown() }
            try lan.build()
            return try body(lan)
        }
    }

    private init(servers: Int) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        self.wire = try NetworkNamespace("wire", folder: folder)
        let belongings = self.belongings
        func host(_ name: String, _ number: Int) throws -> Host {
            try Host(name: name, address: "10.77.0.\(number)", folder: folder, belongings: belongings)
        }
        self.router = try host("router", 1)
        self.client = try host("client", 2)
        self.stranger = try host("stranger", 3)
        self.servers = try (0..<servers).map { try host("server\($0 + 1)", 11 + $0) }
    }

    private var hosts: [Host] { [self.router, self.client, self.stranger] + self.servers }

    private func build() throws {
        try self.ip(batch: ["netns add \(self.wire.name)"])
        // The bridge comes first so that no port has its peer's number: the kernel takes such a pair for a device
        // without a peer, and declares its link up a second later.
        try self.ip(
            batch: ["link add bridge0 type bridge forward_delay 0 stp_state 0", "link set bridge0 up"],
            in: self.wire
        )
        var links: [String] = []
        for (index, host) in self.hosts.enumerated() {
            links.append("netns add \(host.namespace.name)")
            links.append(
                "link add eth0 netns \(host.namespace.name) type veth peer name port\(index) netns \(self.wire.name)"
            )
        }
        try self.ip(batch: links)
        for host in self.hosts {
            try self.ip(
                batch: [
                    "link set lo up", "addr add \(host.address)/24 broadcast \(Self.broadcastAddress) dev eth0",
                    "link set eth0 up",
                ],
                in: host.namespace
            )
        }
        try self.ip(batch: self.hosts.indices.map { "link set port\($0) master bridge0 up" }, in: self.wire)
        try self.waitUntilForwarding()
    }

    /// Waits until every host's link is up and the bridge forwards its packets.
    func waitUntilForwarding() throws {
        for host in self.hosts {
            try eventually("\(host.name)'s link is up") {
                try host.run("cat", "/sys/class/net/eth0/operstate").output == "up\n"
            }
        }
        let script = "cat /sys/class/net/port*/brport/state | sort -u"
        let forwarding = "3\n"
        try eventually("a bridge that forwards") {
            let states = try Finished(running: ["sh", "-c", script], in: self.wire, folder: self.folder, within: 10)
            return states.output == forwarding
        }
    }

    /// Runs a batch of `ip` commands.
    func ip(batch: [String], in namespace: NetworkNamespace? = nil) throws {
        let file = try self.folder.write(batch.joined(separator: "\n") + "\n", named: "batch")
        let command = ["ip", "-batch", file.path]
        let finished = try Finished(running: command, in: namespace, folder: self.folder, within: 20)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
    }

    private func tearDown() {
        self.belongings.undo()
        for namespace in self.hosts.map(\.namespace) + [self.wire] { namespace.delete(folder: self.folder) }
        self.folder.remove()
    }
}
