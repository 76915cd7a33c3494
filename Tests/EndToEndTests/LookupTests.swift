import Foundation
import Testing

/// `nbrouter lookup` against the router itself, real Samba hosts and hosts that misbehave.
@Suite(.serialized)
struct LookupTests {
    /// Runs `nbrouter lookup` on a host.
    private static func lookup(on host: Host, _ arguments: String..., prefix: [String] = []) throws -> Finished {
        try host.run(prefix + [try Prerequisites.router(), "lookup"] + arguments)
    }

    private static let heading =
        "ADDRESS    NAME         MEANING  KIND    NODE       TTL  FROM       INTERFACE\n"

    @Test func `it finds a name of the router by broadcast, whichever way the name is written, without privileges`()
        throws
    {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let withoutPrivileges = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
            for name in ["XYKON-2", "xykon-2", "XYKON-2<20>", "XYKON-2#20"] {
                let found = try Self.lookup(on: lan.client, name, prefix: withoutPrivileges)
                #expect(
                    found.output == Self.heading
                        + "10.77.0.1  XYKON-2<20>  server   unique  broadcast  3d   10.77.0.1  eth0\n",
                    "\(found)"
                )
                #expect(found.succeeded && found.errors.isEmpty, "\(found)")
            }
        }
    }

    @Test func `it finds real nmbds, a name of one and the workgroup of both`() throws {
        try Lan.with { lan in
            _ = try NameHolder(on: lan.stranger, name: "OLDBOX")
            _ = try NameHolder(on: lan.servers[0], name: "NEWBOX")
            let found = try Self.lookup(on: lan.client, "OLDBOX#00")
            #expect(
                found.succeeded && found.output.contains("\n10.77.0.3  OLDBOX<00>  workstation  unique"),
                "\(found)"
            )
            let group = try Self.lookup(on: lan.client, "ELSEWHERE<00>")
            for address in ["10.77.0.3 ", "10.77.0.11"] {
                #expect(group.output.contains("\n\(address)  ELSEWHERE<00>  workgroup  group"), "\(group)")
            }
        }
    }

    @Test func `every host that claims a name is listed`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            _ = try Responder(on: lan.stranger) { query in
                let answer =
                    Wire.nameServiceHeader(Int(query[0]) << 8 | Int(query[1]), 0x8500, [0, 1, 0, 0])
                    + Wire.name("XYKON-2") + Wire.word(0x20) + Wire.word(1) + [0, 0, 0, 60] + Wire.word(6)
                    + Wire.word(0x6000) + [10, 77, 0, 3]
                return [answer]
            }
            let found = try Self.lookup(on: lan.client, "XYKON-2")
            let lines = Set(found.output.split(separator: "\n"))
            #expect(lines.count == 3, "\(found)")
            #expect(
                lines.contains("10.77.0.1  XYKON-2<20>  server   unique  broadcast  3d   10.77.0.1  eth0"),
                "\(found)"
            )
            #expect(
                lines.contains("10.77.0.3  XYKON-2<20>  server   unique  hybrid     1m   10.77.0.3  eth0"),
                "\(found)"
            )
        }
    }

    @Test func `a name is found in its scope and in no other`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address, "scope: example.com")])
            )
            try router.owns("XYKON-2", scope: "example.com")
            let found = try Self.lookup(on: lan.client, "XYKON-2", "--scope", "example.com")
            #expect(found.succeeded && found.output.contains("10.77.0.1  XYKON-2<20>.example.com  server"), "\(found)")
            for scope in [[], ["--scope", "other.example"]] {
                let missed = try lan.client.run([try Prerequisites.router(), "lookup", "XYKON-2"] + scope)
                #expect(missed.ending == .exited(1) && missed.output.isEmpty, "\(missed)")
            }
        }
    }

    @Test func `a WINS server is queried with recursion, and a negative response names its sender`() throws {
        try Lan.with { lan in
            _ = try NameHolder(on: lan.servers[0], name: "WINSBOX", settings: "wins support = yes")
            _ = try NameHolder(on: lan.stranger, name: "OLDBOX", settings: "wins server = \(lan.servers[0].address)")
            let server = ["--server", lan.servers[0].address]
            try eventually("OLDBOX in the WINS server", within: 30) {
                try lan.client.run([try Prerequisites.router(), "lookup", "OLDBOX"] + server).succeeded
            }
            let found = try Self.lookup(on: lan.client, "OLDBOX", server[0], server[1])
            #expect(found.output.contains("\n10.77.0.3  OLDBOX<20>  server   unique"), "\(found)")
            #expect(found.output.contains("10.77.0.11  -\n"), "\(found)")
            let own = try Self.lookup(on: lan.client, "OLDBOX", server[0], server[1], "--no-recursion")
            #expect(own.ending == .exited(1), "\(own)")
            let missed = try Self.lookup(on: lan.client, "NOBODY", server[0], server[1])
            #expect(missed.ending == .exited(1) && missed.output.isEmpty, "\(missed)")
            #expect(
                missed.errors == "NOBODY<20>: not found: 10.77.0.11 answers: name does not exist (NAM_ERR)\n",
                "\(missed)"
            )
        }
    }

    @Test func `the JSON of a name that is found and of one that is not has the same keys`() throws {
        struct Result: Decodable {
            struct Address: Decodable {
                let address, answeredBy, interface, meaning, nodeType: String
                let group: Bool
                let ttlS: Int
            }
            struct Refusal: Decodable {
                let answeredBy, code, reason: String
            }
            let name, suffix, scope: String
            let addresses: [Address]
            let refusals: [Refusal]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let found = try Self.lookup(on: lan.client, "XYKON-2", "--json")
            let result = try decoder.decode(Result.self, from: Data(found.output.utf8))
            #expect(found.succeeded && result.addresses.map(\.address) == ["10.77.0.1"], "\(found)")
            #expect(result.addresses.map(\.ttlS) == [259_200] && result.refusals.isEmpty, "\(found)")
            let missed = try Self.lookup(on: lan.client, "NOBODY", "--json", "--server", lan.router.address)
            let nothing = try decoder.decode(Result.self, from: Data(missed.output.utf8))
            #expect(missed.ending == .exited(1) && nothing.addresses.isEmpty, "\(missed)")
            #expect(nothing.refusals.map(\.answeredBy) == ["10.77.0.1"], "\(missed)")
        }
    }

    @Test func `a broadcast is sent three times, 250 ms apart, under one id, on every interface or on those named`()
        throws
    {
        try Lan.with { lan in
            try lan.client.run("ip", "link", "add", "second0", "type", "veth", "peer", "name", "third0")
            try lan.client.run("ip", "link", "set", "third0", "up")
            try lan.client.run("ip", "addr", "add", "10.88.0.2/24", "broadcast", "10.88.0.255", "dev", "second0")
            try lan.client.run("ip", "link", "set", "second0", "up")
            try eventually("a second interface") {
                try lan.client.run("cat", "/sys/class/net/second0/operstate").output == "up\n"
            }
            let capture = try Capture(on: lan.client)
            let everywhere = try Self.lookup(on: lan.client, "NOBODY")
            #expect(everywhere.ending == .exited(1), "\(everywhere)")
            #expect(
                everywhere.errors == """
                    NOBODY<20>: not found: no response on eth0 (10.77.0.255)
                    NOBODY<20>: not found: no response on second0 (10.88.0.255)

                    """
            )
            let elsewhere = try Self.lookup(on: lan.client, "NOBODY", "--interface", "10.88.0.0/16")
            #expect(elsewhere.errors == "NOBODY<20>: not found: no response on second0 (10.88.0.255)\n")
            let packets = try capture.stop()
            #expect(packets.count == 3 && Set(packets.map(\.transaction)).count == 1, "\(packets)")
            #expect(packets.allSatisfy { $0.flags == 0x0110 && $0.destination == Lan.broadcastAddress }, "\(packets)")
            for (first, second) in zip(packets, packets.dropFirst()) {
                #expect((0.2...1).contains(second.time - first.time), "\(packets)")
            }
        }
    }

    @Test func `a silent host is asked three times in the time that is given`() throws {
        try Lan.with { lan in
            let silent = try RawDatagrams(on: lan.stranger, port: 137)
            let start = ContinuousClock.now
            let missed = try Self.lookup(
                on: lan.client,
                "NOBODY",
                "--server",
                lan.stranger.address,
                "--timeout",
                "600ms"
            )
            let duration = ContinuousClock.now - start
            #expect(missed.ending == .exited(1), "\(missed)")
            #expect(missed.errors.hasPrefix("NOBODY<20>: not found: no response from 10.77.0.3"), "\(missed)")
            #expect(duration >= .milliseconds(600) && duration < .seconds(5))
            var questions: [[UInt8]] = []
            while let question = try silent.receive(within: 0.05) { questions.append(question.bytes) }
            #expect(questions.count == 3 && Set(questions).count == 1, "\(questions)")
            #expect(questions.first.map { Array($0[2..<4]) } == [0x01, 0x00], "unicast, with recursion desired")
        }
    }

    @Test func `a host without a name service is distinguished from a silent one, at once`() throws {
        try Lan.with { lan in
            let missed = try Self.lookup(on: lan.client, "NOBODY", "--server", lan.stranger.address)
            #expect(missed.ending == .exited(1), "\(missed)")
            #expect(
                missed.errors
                    == "nbrouter: 10.77.0.3: connection refused; no name service listens on UDP port 137 there\n",
                "\(missed)"
            )
        }
    }

    @Test func `a query that cannot be sent ends with 2 and a message with the remedy`() throws {
        try Lan.with { lan in
            let cases: [(arguments: [String], message: String)] = [
                (["X", "--server", "203.0.113.1"], "cannot query 203.0.113.1: network is unreachable"),
                (["X", "--interface", "eth7"], "no interface that is up matches --interface"),
                (["X", "--server", "10.77.0.255"], "for a broadcast address use --broadcast"),
                (["X", "--source-port", "137"], "another process holds UDP port 137"),
                (["X", "--timeout", "5"], "--timeout"),
                (["X", "--scope", "a..b"], "is not a NetBIOS scope"),
                (["A*B"], "is not a NetBIOS name"),
                (["X", "--server", "10.77.0.1", "--broadcast", "10.77.0.255"], "excludes --interface and --broadcast"),
                (["X", "--no-recursion"], "--server"),
                ([], "<NAME>"),
            ]
            let neighbour = try RawDatagrams(on: lan.client, port: 137)
            for (arguments, message) in cases {
                let failed = try lan.client.run([try Prerequisites.router(), "lookup"] + arguments)
                #expect(failed.ending == .exited(2) && failed.output.isEmpty, "\(failed)")
                #expect(failed.errors.contains(message), "\(failed)")
            }
            _ = neighbour
            try lan.client.run("ip", "link", "set", "eth0", "down")
            let failed = try Self.lookup(on: lan.client, "X")
            #expect(failed.ending == .exited(2), "\(failed)")
            #expect(failed.errors.contains("no interface is up and can broadcast"), "\(failed)")
        }
    }

    @Test func `a host that responds only to port 137 is received there`() throws {
        try Lan.with { lan in
            _ = try Responder(on: lan.stranger, answeringTo: 137) { query in
                let answer =
                    Wire.nameServiceHeader(Int(query[0]) << 8 | Int(query[1]), 0x8500, [0, 1, 0, 0])
                    + Wire.name("WIN95") + Wire.word(0x20) + Wire.word(1) + [0, 0, 0, 0] + Wire.word(6)
                    + Wire.word(0) + [10, 77, 0, 3]
                return [answer]
            }
            #expect(try Self.lookup(on: lan.client, "WIN95").ending == .exited(1))
            let found = try Self.lookup(on: lan.client, "WIN95", "--source-port", "137")
            #expect(found.succeeded && found.output.contains("10.77.0.3  WIN95<20>  server"), "\(found)")
            #expect(found.output.contains("  ever  "), "\(found)")
        }
    }

    @Test func `Invalid responses are ignored, and the wait ends in time`() throws {
        try Lan.with { lan in
            _ = try Responder(on: lan.stranger) { query in
                let right = Wire.nameServiceHeader(Int(query[0]) << 8 | Int(query[1]), 0x8500, [0, 1, 0, 0])
                let wrong = Wire.nameServiceHeader(Int(query[0] ^ 0xFF) << 8 | Int(query[1]), 0x8500, [0, 1, 0, 0])
                let record = Wire.word(0x20) + Wire.word(1) + [0, 0, 0, 60] + Wire.word(6) + [0, 0, 10, 77, 0, 3]
                return [
                    wrong + Wire.name("XYKON-2") + record, right + Wire.name("OTHER") + record,
                    right + Wire.name("XYKON-2") + record.dropLast(), right + Wire.name("XYKON-2") + record + [0],
                    [], query, right, [UInt8](repeating: 0xC0, count: 2000),
                    Array(query.prefix(2)) + [0x85, 0x83] + [UInt8](repeating: 0xFF, count: 60),
                ]
            }
            let start = ContinuousClock.now
            let missed = try Self.lookup(on: lan.client, "XYKON-2")
            #expect(missed.ending == .exited(1) && missed.output.isEmpty, "\(missed)")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
