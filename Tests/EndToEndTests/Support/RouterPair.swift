import Foundation
import Glibc

/// Two machines with nbrouter and keepalived, configured as in examples/keepalived, that share one address.
final class RouterPair {
    /// The address that moves.
    static let address = "10.77.0.50"
    /// The machine with the higher priority, and the other one.
    let nodes: [Node]
    let lan: Lan

    /// One of the two machines.
    struct Node {
        let host: Host
        let router: RouterProcess
        let keepalived: ChildProcess
    }

    /// Starts both, and waits until the first one has the address and owns its names.
    init(on lan: Lan) throws {
        self.lan = lan
        self.nodes = try [(lan.router, "node1.conf"), (lan.stranger, "node2.conf")].map { host, name in
            let control = try host.folder.newFolder("\(host.name)-run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(on: host, Self.routes(lan), control: control)
            return Node(
                host: host,
                router: router,
                keepalived: try Self.startKeepalived(on: host, example: name, control: control)
            )
        }
        try eventually("the first node with the address", within: 20) { try self.hasAddress(self.nodes[0]) }
        try eventually("an answer of the first node", within: 10) { try self.answers(self.nodes[0]) }
    }

    /// The example's routes, with the addresses of the test.
    private static func routes(_ lan: Lan) throws -> String {
        let text = try self.example("routes.yaml").split(separator: "\n").filter { !$0.hasPrefix("control:") }
            .joined(separator: "\n")
        return text.replacingOccurrences(of: "192.0.2.50", with: self.address)
            .replacingOccurrences(of: "nas1.example.com", with: lan.servers[0].address)
            .replacingOccurrences(of: "nas2.example.com", with: lan.servers[0].address)
    }

    private static func example(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).appending(path: "../../../../examples/keepalived").standardized
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The example's keepalived.conf with the test's address, program and control socket, and a user that the test has.
    private static func startKeepalived(on host: Host, example: String, control: String) throws -> ChildProcess {
        let text = try self.example(example)
            .replacingOccurrences(of: "192.0.2.50", with: self.address)
            .replacingOccurrences(of: "/usr/local/bin/nbrouter health", with: try self.healthCommand(control))
            .replacingOccurrences(of: "script_user nbrouter", with: "script_user root")
            .replacingOccurrences(of: "    enable_script_security\n", with: "")
        let file = try host.folder.write(text, named: "\(host.name)-\(example)")
        chmod(file.path, 0o644)
        let folder = try host.folder.newFolder("\(host.name)-keepalived")
        return try host.start([
            "keepalived", "--dont-fork", "--log-console", "--log-detail", "--use-file", file.path,
            "--pid", folder.appending(path: "pid").path, "--vrrp_pid", folder.appending(path: "vrrp").path,
            "--checkers_pid", folder.appending(path: "checkers").path,
        ])
    }

    private static func healthCommand(_ control: String) throws -> String {
        "\(try Prerequisites.router()) health --control \(control)"
    }

    /// Whether a node has the address on its interface.
    func hasAddress(_ node: Node) throws -> Bool {
        try node.host.run("ip", "-4", "-o", "addr", "show", "dev", "eth0").output.contains("\(Self.address)/")
    }

    /// Whether a node responds to a unicast query that XYKON-2 has the shared address.
    func answers(_ node: Node) throws -> Bool {
        let client = try RawDatagrams(on: self.lan.client)
        let answer = try client.ask(Wire.query(id: 0x4A4A, "XYKON-2"), of: node.host.address, within: 0.2)
        return answer.map { $0[3] & 0x0F == 0 && Array($0.suffix(4)) == [10, 77, 0, 50] } ?? false
    }

    /// Opens a session at the address that moves, and waits for the positive response.
    func session() throws -> RawSession {
        let session = try RawSession.connect(from: self.lan.client, to: Self.address)
        try session.send(Wire.sessionRequest("XYKON-2"))
        let answer = try session.receive(exactly: 4)
        guard answer == Wire.positiveResponse else { throw RouterFailure(log: "answered \(answer)") }
        return session
    }

    /// Kills keepalived and its children at once, so that none removes the address.
    func killKeepalived(of node: Node) {
        node.keepalived.kill()
    }
}
