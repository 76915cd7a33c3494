import Foundation
import Testing

/// `source: client`: backends that see the clients' own addresses.
@Suite(.serialized)
struct ClientAddressTests {
    /// A backend behind the router, in a network of its own, and the routing that nbrouter-guide(7) asks for.
    private static func with(_ body: (Lan) throws -> Void) throws {
        try Lan.with { lan in
            func run(_ host: Host, _ command: String) throws {
                let finished = try host.run(command.split(separator: " ").map(String.init))
                guard finished.succeeded else { throw ToolFailure(finished: finished) }
            }
            try run(lan.servers[0], "ip address flush dev eth0")
            try run(lan.servers[0], "ip address add \(self.backend)/24 dev eth0")
            try run(lan.servers[0], "ip route add default via 10.78.0.1")
            try run(lan.router, "ip address add 10.78.0.1/24 dev eth0")
            // As the manual page has it.
            let rules = """
                table inet nbrouter {
                    chain prerouting {
                        type filter hook prerouting priority mangle
                        meta l4proto tcp socket transparent 1 meta mark set 1
                    }
                }
                """
            try run(lan.router, "nft -f \(lan.router.folder.write(rules, named: "rules.nft").path)")
            try run(lan.router, "ip rule add fwmark 1 lookup 100")
            try run(lan.router, "ip route add local 0.0.0.0/0 dev lo table 100")
            try body(lan)
        }
    }

    private static let backend = "10.78.0.11"

    private static func route(_ name: String, to backend: String = Self.backend, _ source: String = "client") -> String
    {
        Routes.route(name, to: backend, "source: \(source)")
    }

    /// Starts a backend that sends each client the address that it sees.
    private static func startMirror(on lan: Lan) throws {
        _ = try RawServer(on: lan.servers[0]) { session in
            try session.send(Wire.message(Array(session.peerAddress().utf8)))
            while case let bytes = try session.receive(within: 60), !bytes.isEmpty {
                try session.send(bytes, within: 60)
            }
        }
    }

    /// Returns the address that the backend saw.
    private static func address(seen session: RawSession) throws -> String {
        let length = Int(try session.receive(exactly: 4)[3])
        return String(decoding: try session.receive(exactly: length), as: UTF8.self)
    }

    @Test func `a backend sees each client's own address, or the router's where the route says so`() throws {
        try Self.with { lan in
            try Self.startMirror(on: lan)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Self.route("OPEN"), Self.route("HIDDEN", "router")])
            )
            for host in [lan.client, lan.stranger] {
                let session = try router.session(from: host, to: "OPEN")
                #expect(try Self.address(seen: session) == host.address)
                // More than all buffers on the way hold.
                let size = 3_000_000
                let sender = Background {
                    try session.sendPattern(count: size, within: 30)
                    session.finishSending()
                }
                #expect(try session.receivePattern(within: 30) == size)
                try sender.value(within: 30)
                #expect(try Self.address(seen: router.session(from: host, to: "HIDDEN")) == "10.78.0.1")
            }
        }
    }

    @Test func `a real smbd that admits only one client's address admits that client through the router`() throws {
        try Self.with { lan in
            _ = try SambaServer(on: lan.servers[0], greeting: "hello", settings: "hosts allow = \(lan.client.address)")
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Self.route("OPEN"), Self.route("HIDDEN", "router")])
            )
            try router.owns("OPEN")
            try router.owns("HIDDEN")
            #expect(try SambaClient(host: lan.client).greeting(of: "OPEN") == "hello")
            #expect(throws: ToolFailure.self) { try SambaClient(host: lan.stranger).greeting(of: "OPEN") }
            #expect(throws: ToolFailure.self) { try SambaClient(host: lan.client).greeting(of: "HIDDEN") }
        }
    }

    @Test func `a client has as many sessions as there are ports, towards each backend, and the next when one is free`()
        throws
    {
        try Self.with { lan in
            try Self.startMirror(on: lan)
            _ = try RawServer.echo(on: lan.servers[0], port: 446)
            let ports = try lan.router.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40001")
            #expect(ports.succeeded, "\(ports)")
            // A port is free again a second after its connection, not a minute.
            #expect(try lan.router.run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1").succeeded)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Self.route("NAS"), Self.route("OTHER", to: "\(Self.backend):446")])
            )
            let held = try (0..<2).map { _ in try router.session(from: lan.client, to: "NAS") }
            for session in held { #expect(try Self.address(seen: session) == lan.client.address) }
            let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
            try refused.send(Wire.sessionRequest("NAS"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            let line = try router.logLine("why") { $0["msg"] == LogMessage.connectionFailed }
            #expect(line["reason"] == "Cannot assign requested address", "\(line)")
            // Nobody else lacks a port.
            #expect(try Self.address(seen: router.session(from: lan.stranger, to: "NAS")) == lan.stranger.address)
            #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "OTHER")))
            held[0].close()
            try eventually("a port that is free again", within: 20) {
                let session = try? router.session(from: lan.client, to: "NAS")
                return try session.map { try Self.address(seen: $0) == lan.client.address } ?? false
            }
        }
    }

    @Test func `where the capability is missing neither a start nor a reload takes the file, and both say why`() throws
    {
        try Self.with { lan in
            try Self.startMirror(on: lan)
            let capability = "net_bind_service"
            let unprivileged = [
                "setpriv", "--bounding-set", "-all,+\(capability)", "--inh-caps", "-all,+\(capability)",
            ]
            let wanted = Routes.file([Self.route("OPEN")])
            let refused = try RouterProcess(on: lan.router, wanted, prefix: unprivileged)
            #expect(try refused.process.wait(within: 10) == .exited(1))
            func expectReason(_ line: LogLine) {
                #expect(line["route"] == "OPEN" && line["setting"] == "routes.source", "\(line)")
                #expect(line["reason"] == "Operation not permitted", "\(line)")
                #expect(line["remedy"]?.contains("CAP_NET_RAW") == true, "\(line)")
            }
            expectReason(
                try refused.logLine("the reason") {
                    $0["msg"] == LogMessage.clientSourceUnavailable
                }
            )
            let plain = Routes.file([Self.route("HIDDEN", "router")])
            let router = try RouterProcess.start(on: lan.router, plain, prefix: unprivileged)
            try router.write(wanted)
            router.process.send(signal: SIGHUP)
            expectReason(try router.logLine("the verdict") { $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true })
            #expect(try Self.address(seen: router.session(from: lan.client, to: "HIDDEN")) == "10.78.0.1")
            // The one capability that the page names is enough.
            #expect(try router.stop() == .exited(0))
            let raw = "-all,+\(capability),+net_raw"
            let able = try RouterProcess.start(
                on: lan.router,
                wanted,
                prefix: ["setpriv", "--bounding-set", raw, "--inh-caps", raw]
            )
            #expect(try Self.address(seen: able.session(from: lan.client, to: "OPEN")) == lan.client.address)
        }
    }

    @Test func `a backend at an IPv6 address is not reached from a client's IPv4 address, and the log says so`() throws
    {
        try Self.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Self.route("SIX", to: "'[fd77::11]:445'")])
            )
            let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
            try refused.send(Wire.sessionRequest("SIX"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            let line = try router.logLine("why") { $0["msg"] == LogMessage.connectionFailed }
            #expect(line["reason"]?.contains("IPv4") == true, "\(line)")
        }
    }
}
