import Foundation
import Testing

/// Names at real WINS servers in another network (RFC 1002 §5.1.2, §5.1.3).
@Suite(.serialized)
struct WinsTests {
    private static func routes(
        _ lan: Lan,
        names: [String],
        _ servers: [WinsServer],
        nodeType: String = "hybrid",
        settings: String = ""
    ) -> String {
        let addresses = servers.map(\.host.address).joined(separator: ", ")
        return Routes.file(
            names.map { Routes.route($0, to: lan.servers[0].address) },
            settings: "names: {node_type: \(nodeType), wins_servers: [\(addresses)]\(settings)}"
        )
    }

    /// The name service packets among two hosts of a capture.
    private static func between(_ router: Host, _ server: Host, _ packets: [Capture.Packet]) -> [Capture.Packet] {
        packets.filter { Set([$0.source, $0.destination]) == [router.address, server.address] }
    }

    @Test(arguments: ["point", "mixed", "hybrid"])
    func `a host of another network finds the names at the WINS server, until the router stops`(type: String) throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 2)
            let wins = try WinsServer(on: far[0])
            let capture = try Capture(on: lan.client)
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes(lan, names: ["XYKON-2"], [wins], nodeType: type)
            )
            try router.owns("XYKON-2")
            try wins.waitUntil("XYKON-2", isAt: lan.router.address)
            try wins.waitUntil("XYKON-2", suffix: 0x00, isAt: lan.router.address)
            let lookup = try SambaClient(host: far[1]).nmblookup("-U", far[0].address, "--recursion", "XYKON-2#20")
            #expect(lookup.output.contains("\(lan.router.address) XYKON-2<20>"), "\(lookup)")
            #expect(try wins.addresses(of: "WORKGROUP", suffix: 0x00) != nil, "the group")
            let broadcast = try SambaClient(host: lan.client).nmblookup("XYKON-2#20")
            #expect(broadcast.succeeded == (type != "point"), "a P node is deaf to broadcasts: \(broadcast)")
            #expect(try router.stop() == .exited(0))
            #expect(try wins.addresses(of: "XYKON-2") == nil)
            #expect(try wins.addresses(of: "XYKON-2", suffix: 0x00) == nil)
            let said = try capture.stop().filter { $0.source == lan.router.address }
            let broadcasts = said.filter { $0.destination == Lan.broadcastAddress && $0.name.hasPrefix("XYKON-2<20>") }
            // Three registrations, the demand and three releases; with a name server first, none of it.
            #expect(broadcasts.count == (type == "mixed" ? 7 : 0), "\(broadcasts)")
        }
    }

    @Test func `Registration, question, refresh and release are the packets that a WINS client sends`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            let capture = try Capture(on: far[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes(lan, names: ["XYKON-2"], [wins], settings: ", ttl: 10s, workgroup: GROUP")
            )
            try router.owns("XYKON-2")
            let packets = try capture.packets("a refresh", within: 20) { packets in
                packets.contains { $0.flags == 0x4000 && $0.name.hasPrefix("XYKON-2<20>") }
            }
            #expect(try router.stop() == .exited(0))
            let own = packets.filter { $0.source == lan.router.address && $0.name.hasPrefix("XYKON-2<20>") }
            let requests = own.filter { $0.flags != 0x0100 }
            #expect(requests.first?.flags == 0x7900, "multihomed: \(own)")
            #expect(requests.dropFirst().allSatisfy { $0.flags == 0x4000 }, "refreshes: \(own)")
            let first = try #require(requests.first), refresh = try #require(requests.dropFirst().first)
            #expect((3.5...5.5).contains(refresh.time - first.time), "before half of ten seconds")
            let group = packets.filter { $0.source == lan.router.address && $0.name.hasPrefix("GROUP") }
            #expect(group.first?.flags == 0x2900, "\(group)")
            let releases = try capture.stop().filter { $0.flags == 0x3000 && $0.source == lan.router.address }
            #expect(releases.count == 3, "one for each name: \(releases)")
        }
    }

    @Test func `a WINS server that lost its names gets them again, and a restarted one is used again`()
        throws
    {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            let router = try RouterProcess.start(on: lan.router, Self.routes(lan, names: ["ONE", "TWO"], [wins]))
            for name in ["ONE", "TWO"] { try wins.waitUntil(name, isAt: lan.router.address) }
            try wins.restart()
            for name in ["ONE", "TWO"] { try wins.waitUntil(name, isAt: lan.router.address, within: 60) }
            wins.kill()
            try router.logLine("the silence", within: 30) { $0["msg"] == LogMessage.nameServerSilent }
            try router.owns("ONE")
            try wins.restart()
            for name in ["ONE", "TWO"] { try wins.waitUntil(name, isAt: lan.router.address, within: 90) }
            #expect(try router.stop() == .exited(0))
            #expect(try wins.addresses(of: "ONE") == nil)
        }
    }

    @Test func `names move to the second WINS server within seconds, and back`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 2)
            let first = try WinsServer(on: far[0]), second = try WinsServer(on: far[1])
            let router = try RouterProcess.start(on: lan.router, Self.routes(lan, names: ["XYKON-2"], [first, second]))
            try first.waitUntil("XYKON-2", isAt: lan.router.address)
            #expect(try second.addresses(of: "XYKON-2") == nil)
            first.kill()
            let killed = Deadline(seconds: 15)
            try second.waitUntil("XYKON-2", isAt: lan.router.address, within: 30)
            #expect(!killed.hasPassed, "within fifteen seconds, of which ten are the check's and the waits'")
            try first.restart()
            try first.waitUntil("XYKON-2", isAt: lan.router.address, within: 90)
            try router.logLine("the return") { $0["msg"] == "name server used" && $0["server"] == far[0].address }
            #expect(try router.stop() == .exited(0))
            #expect(try first.addresses(of: "XYKON-2") == nil)
            #expect(try second.addresses(of: "XYKON-2") == nil, "released where it was left, too")
        }
    }

    @Test func `without a WINS server that answers, an H node claims by broadcast, and registers later`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            wins.kill()
            let router = try RouterProcess.start(on: lan.router, Self.routes(lan, names: ["XYKON-2"], [wins]))
            try router.owns("XYKON-2")
            let lookup = try SambaClient(host: lan.client).nmblookup("XYKON-2#20")
            #expect(lookup.output.contains("\(lan.router.address) XYKON-2<20>"), "\(lookup)")
            try wins.restart()
            try wins.waitUntil("XYKON-2", isAt: lan.router.address, within: 60)
            #expect(try router.stop() == .exited(0))
            #expect(try wins.addresses(of: "XYKON-2") == nil)
        }
    }

    @Test func `a reload registers added names, releases removed ones and leaves the others alone`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            let router = try RouterProcess.start(on: lan.router, Self.routes(lan, names: ["STAYS", "LEAVES"], [wins]))
            for name in ["STAYS", "LEAVES"] {
                try wins.waitUntil(name, isAt: lan.router.address)
                try wins.waitUntil(name, suffix: 0x00, isAt: lan.router.address)
            }
            let capture = try Capture(on: far[0])
            try router.reload(Self.routes(lan, names: ["STAYS", "COMES"], [wins]))
            try wins.waitUntil("COMES", isAt: lan.router.address)
            try wins.waitUntil("LEAVES", isAt: nil)
            let changes = try capture.stop().filter { $0.source == lan.router.address && $0.flags != 0x0100 }
            #expect(changes.allSatisfy { !$0.name.hasPrefix("STAYS") }, "\(changes)")
            #expect(try wins.addresses(of: "STAYS") == [lan.router.address])
        }
    }

    @Test func `a reload changes the node type and the WINS servers`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 2)
            let first = try WinsServer(on: far[0]), second = try WinsServer(on: far[1])
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            try router.reload(Self.routes(lan, names: ["XYKON-2"], [first]))
            try first.waitUntil("XYKON-2", isAt: lan.router.address)
            try router.reload(Self.routes(lan, names: ["XYKON-2"], [second, first], nodeType: "mixed"))
            try second.waitUntil("XYKON-2", isAt: lan.router.address)
            try router.reload(Routes.to(lan.servers, names: ["XYKON-2"]))
            for server in [first, second] { try server.waitUntil("XYKON-2", isAt: nil) }
            try router.owns("XYKON-2")
        }
    }

    @Test(arguments: ["point", "hybrid"])
    func `a name that a real host has at the WINS server is in conflict, and owned when that host goes`(type: String)
        throws
    {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 2)
            let wins = try WinsServer(on: far[0])
            let holder = try NameHolder(on: far[1], name: "TAKEN", wins: wins)
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes(lan, names: ["TAKEN", "FREE"], [wins], nodeType: type)
            )
            try router.owns("FREE")
            let line = try router.logLine("the conflict", within: 20) { line in
                line["name"] == "TAKEN<20>" && line["holder"] == far[1].address
            }
            #expect(line["level"] == "warning" && line["msg"] == "name in conflict: another host holds it")
            try wins.waitUntil("TAKEN", isAt: far[1].address)
            let client = try RawDatagrams(on: lan.client)
            let answer = try client.ask(Wire.query(id: 0x0102, "TAKEN"), of: lan.router.address, within: 1)
            #expect(answer.map { $0[3] & 0x0F != 0 } ?? true, "no positive answer for a name of another's")
            // It recovers after half a minute or a little more; the server finds that nobody defends the name.
            holder.kill()
            try wins.waitUntil("TAKEN", isAt: lan.router.address, within: 90)
            try router.owns("TAKEN")
        }
    }

    @Test func `each interface registers its own address for one name, and names shows where`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            let inside = lan.router.namespace.name, outside = lan.stranger.namespace.name
            try lan.ip(batch: ["link add eth1 netns \(inside) type veth peer name eth1 netns \(outside)"])
            try lan.ip(batch: ["link set eth1 up"], in: lan.stranger.namespace)
            try lan.ip(
                batch: ["addr add 10.79.0.1/24 broadcast 10.79.0.255 dev eth1", "link set eth1 up"],
                in: lan.router.namespace
            )
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes(lan, names: ["XYKON-2"], [wins]),
                control: path
            )
            try eventually("both addresses", within: 30) {
                try Set(wins.addresses(of: "XYKON-2") ?? []) == [lan.router.address, "10.79.0.1"]
            }
            try eventually("names with the server", within: 10) {
                let names = try router.ask("names").output.split(separator: "\n").filter { $0.contains("XYKON-2<20>") }
                return names.count == 2 && names.allSatisfy { $0.contains(far[0].address) && $0.contains("owned") }
            }
            #expect(try router.stop() == .exited(0))
            #expect(try wins.addresses(of: "XYKON-2") == nil)
        }
    }

    @Test func `a name with an address of its own is registered with it, and from it, while it is here`() throws {
        try Lan.with { lan in
            let far = try lan.addFarNetwork(hosts: 1)
            let wins = try WinsServer(on: far[0])
            let capture = try Capture(on: far[0])
            let routes = Routes.file(
                [Routes.route("MOVES", to: lan.servers[0].address, "address: 10.77.0.50")],
                settings: "names: {node_type: hybrid, wins_servers: [\(far[0].address)], workgroup: none}"
            )
            let router = try RouterProcess.start(on: lan.router, routes)
            try lan.router.run("ip", "addr", "add", "10.77.0.50/24", "dev", "eth0")
            try wins.waitUntil("MOVES", isAt: "10.77.0.50")
            try lan.router.run("ip", "addr", "del", "10.77.0.50/24", "dev", "eth0")
            try router.logLine("the loss", within: 20) { _ in
                // Without release: nothing is logged, and the server keeps the name for the next holder of the address.
                (try? RawDatagrams(on: lan.client).ask(Wire.query(id: 7, "MOVES"), of: lan.router.address, within: 0.5))
                    .map { $0[3] & 0x0F == 3 } ?? false
            }
            #expect(try router.stop() == .exited(0))
            #expect(try wins.addresses(of: "MOVES") == ["10.77.0.50"])
            let said = try capture.stop().filter { $0.source.hasPrefix("10.77.0.") && $0.name.hasPrefix("MOVES") }
            #expect(!said.isEmpty && said.allSatisfy { $0.source == "10.77.0.50" }, "\(said)")
            #expect(said.allSatisfy { $0.flags != 0x3000 }, "no release: \(said)")
        }
    }
}
