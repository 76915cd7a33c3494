import Testing

/// The packets that a name's life puts on the wire, as another host on the network sees them (RFC 1002 §5.1.1).
@Suite(.serialized)
struct NamePacketTests {
    private static let registration = 0x2910, overwriteDemand = 0x2810

    /// Release requests (0x3010) and demands (0x3000).
    private static func isRelease(_ packet: Capture.Packet) -> Bool { packet.flags & 0xFF0F | 0x10 == 0x3010 }

    @Test func `a name is claimed with three registrations and a demand, and released three times at a stop`() throws {
        try Lan.with { lan in
            let capture = try Capture(on: lan.client)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            try router.owns("XYKON-2", suffix: 0x00)
            #expect(try router.stop() == .exited(0))
            let packets = try capture.stop().filter { $0.source == lan.router.address }
            for name in ["XYKON-2<20>", "XYKON-2<00>"] {
                let life = packets.filter { $0.name.hasPrefix(name) }
                let registrations = life.filter { $0.flags == Self.registration }
                let demands = life.filter { $0.flags == Self.overwriteDemand }
                let releases = life.filter(Self.isRelease)
                #expect(registrations.count == 3, "\(life)")
                #expect(Set(registrations.map(\.transaction)).count == 1, "\(life)")
                #expect(demands.count == 1, "\(life)")
                #expect(releases.count == 3, "\(life)")
                #expect(Set(releases.map(\.transaction)).count == 1, "\(life)")
                #expect(life.map(\.time) == (registrations + demands + releases).map(\.time), "the order: \(life)")
                #expect(life.allSatisfy { $0.destination == Lan.broadcastAddress }, "\(life)")
                for (earlier, later) in zip(registrations + demands, (registrations + demands).dropFirst()) {
                    #expect((0.2...0.6).contains(later.time - earlier.time), "250 ms apart: \(life)")
                }
            }
        }
    }

    @Test func `a name is not answered before its claim is complete`() throws {
        try Lan.with { lan in
            let capture = try Capture(on: lan.client)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            // Queries repeatedly from the start.
            try router.owns("XYKON-2")
            let lookup = try SambaClient(host: lan.client).nmblookup("XYKON-2#20")
            #expect(lookup.succeeded, "\(lookup)")
            let packets = try capture.stop().filter {
                $0.source == lan.router.address && $0.name.hasPrefix("XYKON-2<20>")
            }
            let demand = try #require(packets.first { $0.flags == Self.overwriteDemand })
            let answers = packets.filter { $0.flags & 0x8000 != 0 }
            #expect(!answers.isEmpty)
            #expect(answers.allSatisfy { $0.time >= demand.time }, "\(packets)")
        }
    }

    @Test func `a reload claims the added names, releases the removed ones and leaves the others alone`() throws {
        try Lan.with(servers: 3) { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["STAYS", "LEAVES"])
            )
            for name in ["STAYS", "LEAVES"] {
                try router.owns(name)
                try router.owns(name, suffix: 0x00)
            }
            try router.owns("WORKGROUP", suffix: 0x00)
            let capture = try Capture(on: lan.client)
            let line = try router.reload(Routes.to(lan.servers, names: ["STAYS", "COMES"]))
            try router.owns("COMES")
            try router.owns("COMES", suffix: 0x00)
            let packets = try capture.packets("three releases of each old name") { packets in
                ["LEAVES<20>", "LEAVES<00>"].allSatisfy { name in
                    packets.count { Self.isRelease($0) && $0.name.hasPrefix(name) } == 3
                }
            }
            .filter { $0.source == lan.router.address && $0.destination == Lan.broadcastAddress }
            let claimed = Set(packets.filter { $0.flags == Self.registration }.map { $0.name.prefix { $0 != "<" } })
            let released = Set(packets.filter(Self.isRelease).map { $0.name.prefix { $0 != "<" } })
            #expect(claimed == ["COMES"], "\(packets)")
            #expect(released == ["LEAVES"], "\(packets)")
            #expect(line["routes_added"] == "1" && line["routes_removed"] == "1", "\(line)")
            #expect(line["names_claimed"] == "2" && line["names_released"] == "2", "\(line)")
        }
    }

    @Test func `many names are claimed at the pace that the file sets, without a burst`() throws {
        try Lan.with { lan in
            let capture = try Capture(on: lan.client)
            let backend = lan.servers[0].address
            let names = (1...100).map { "NAME\($0)" }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    names.map { Routes.route($0, to: backend, "suffixes: [0x20]") },
                    settings: "names: {claim_rate: 200}"
                )
            )
            for name in names { try router.owns(name) }
            let isClaim: (Capture.Packet) -> Bool = { [Self.registration, Self.overwriteDemand].contains($0.flags) }
            // The log lines of owned names follow the claims of all others.
            let claims = try capture.packets("every claim and demand") { $0.count(where: isClaim) >= 400 }
                .filter(isClaim)
            let first = try #require(claims.first), last = try #require(claims.last)
            #expect(last.time - first.time < 8, "400 packets at 200 a second")
            // Twice the rate is allowed for jitter of the kernel's and the runtime's timers, for a quarter of a second.
            for (index, claim) in claims.enumerated() where index + 100 < claims.count {
                #expect(claims[index + 100].time - claim.time > 0.25, "100 packets after \(claim)")
            }
        }
    }

    @Test func `a broadcast query is answered once, and one for an unknown name not at all`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let client = try RawDatagrams(on: lan.client)
            try client.send(Wire.query(id: 0x77AA, "NOBODY", broadcast: true), to: Lan.broadcastAddress)
            try client.send(Wire.query(id: 0x77AB, "XYKON-2", broadcast: true), to: Lan.broadcastAddress)
            let answer = try #require(try client.receive(within: 5))
            #expect(answer.bytes.prefix(2) == [0x77, 0xAB])
            #expect(answer.address == lan.router.address && answer.port == 137)
            #expect(answer.bytes.count == 62)
            #expect(Array(answer.bytes.suffix(4)) == [10, 77, 0, 1])
            #expect(try client.receive(within: 0.5) == nil)
        }
    }

    @Test func `a unicast query for an unknown name gets a negative answer`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let client = try RawDatagrams(on: lan.client)
            let answer = try #require(try client.ask(Wire.query(id: 0x77AA, "NOBODY"), of: lan.router.address))
            #expect(answer[2] & 0x80 != 0 && answer[3] & 0x0F == 3, "\(answer)")
        }
    }
}
