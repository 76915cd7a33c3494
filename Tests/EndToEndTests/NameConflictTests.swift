import Testing

/// Names that another host on the network holds or claims.
@Suite(.serialized)
struct NameConflictTests {
    @Test func `a name that a real nmbd holds is in conflict: logged, not answered, and the others go on`() throws {
        try Lan.with(servers: 2) { lan in
            let holder = try NameHolder(on: lan.stranger, name: "TAKEN")
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["TAKEN", "FREE"]))
            try router.owns("FREE")
            let line = try router.logLine("the conflict") { line in
                line["name"]?.hasPrefix("TAKEN") == true && line["holder"] == lan.stranger.address
            }
            #expect(line["level"] == "warning", "\(router.process.errors)")
            let client = SambaClient(host: lan.client)
            let lookup = try client.nmblookup("TAKEN#20")
            #expect(lookup.output.contains("\(lan.stranger.address) TAKEN<20>"), "\(lookup)")
            #expect(!lookup.output.contains(lan.router.address), "\(lookup)")
            let asked = try RawDatagrams(on: lan.client)
            let answer = try asked.ask(Wire.query(id: 0x0102, "TAKEN"), of: lan.router.address, within: 1)
            #expect(answer.map { $0[3] & 0x0F != 0 } ?? true, "no positive answer for a name of another's")
            #expect(holder.isRunning)
        }
    }

    @Test func `another host that registers an owned name gets a refusal`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["OURS"]))
            try router.owns("OURS")
            let rival = try RawDatagrams(on: lan.stranger, port: 137)
            let request = Wire.recordRequest(id: 0x0505, flags: 0x2910, "OURS", address: [10, 77, 0, 3])
            try rival.send(request, to: Lan.broadcastAddress)
            let answer = try #require(try Self.answer(to: request, at: rival))
            #expect(answer[2] & 0xF8 == 0xA8 && answer[3] & 0x0F == 6, "a negative response with ACT_ERR: \(answer)")
            try router.owns("OURS")
        }
    }

    @Test(
        arguments: [0x29, 0x28, 0x40, 0x48, 0x79],
        [true, false]
    )
    func `another host's request for an owned name is refused from the router's address, broadcast or not`(
        opcode: Int,
        isBroadcast: Bool
    ) throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["OURS"]))
            try router.owns("OURS")
            let rival = try RawDatagrams(on: lan.stranger, port: 137)
            let flags = opcode << 8 | (isBroadcast ? 0x10 : 0)
            let request = Wire.recordRequest(id: 0x0505, flags: flags, "OURS", address: [10, 77, 0, 3])
            try rival.send(request, to: isBroadcast ? Lan.broadcastAddress : lan.router.address)
            let deadline = Deadline(seconds: 3)
            var answers: [RawDatagrams.Received] = []
            while answers.isEmpty,
                let received = try rival.receive(within: Double(deadline.remainingMilliseconds) / 1000)
            {
                if received.bytes.prefix(2) == request.prefix(2), received.bytes[2] & 0x80 != 0 {
                    answers.append(received)
                }
            }
            let answer = try #require(answers.first)
            #expect(answer.address == lan.router.address && answer.port == 137)
            #expect(Array(answer.bytes[2...3]) == [0xAD, 0x86], "ACT_ERR: \(answer)")
            try router.owns("OURS")
        }
    }

    @Test func `a conflict and a defence send no unnecessary packets`() throws {
        try Lan.with(servers: 2) { lan in
            let holder = try NameHolder(on: lan.stranger, name: "TAKEN")
            let capture = try Capture(on: lan.client)
            let routes = Routes.file(
                ["TAKEN", "OURS"].map { Routes.route($0, to: lan.servers[0].address, "suffixes: [0x20]") },
                settings: "names: {workgroup: none}"
            )
            let router = try RouterProcess.start(on: lan.router, routes)
            try router.logLine("the conflict") { $0["name"] == "TAKEN<20>" && $0["holder"] == lan.stranger.address }
            try router.owns("OURS")
            let rival = try RawDatagrams(on: lan.servers[1], port: 137)
            try rival.send(
                Wire.recordRequest(id: 0x0505, flags: 0x2910, "OURS", address: [10, 77, 0, 12]),
                to: Lan.broadcastAddress
            )
            try router.logLine("the defence") { $0["msg"] == "name defended" && $0["holder"] == "10.77.0.12" }
            #expect(holder.isRunning)
            #expect(try router.stop() == .exited(0))
            let said = try capture.stop().filter { $0.source == lan.router.address }
            let taken = said.filter { $0.name == "TAKEN<20>" && $0.destination == Lan.broadcastAddress }
            // The holder objects to the first registration; there is no demand, and no release of a name that was not
            // owned.
            #expect((1...3).contains(taken.count) && taken.allSatisfy { $0.flags == 0x2910 }, "\(taken)")
            let ours = said.filter { $0.name == "OURS<20>" }.map(\.flags)
            #expect(ours == [0x2910, 0x2910, 0x2910, 0x2810, 0x3010, 0x3010, 0x3010], "\(said)")
            #expect(said.count == taken.count + ours.count, "and nothing else is broadcast: \(said)")
        }
    }

    @Test func `another host's release does not remove an owned name`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["OURS"]))
            try router.owns("OURS")
            let rival = try RawDatagrams(on: lan.stranger, port: 137)
            for flags in [0x3010, 0x3000] {
                let release = Wire.recordRequest(id: 0x0606 + flags, flags: flags, "OURS", address: [10, 77, 0, 3])
                try rival.send(release, to: flags & 0x10 != 0 ? Lan.broadcastAddress : lan.router.address)
            }
            let client = try RawDatagrams(on: lan.client)
            let answer = try #require(try client.ask(Wire.query(id: 0x0707, "OURS"), of: lan.router.address))
            #expect(answer[3] & 0x0F == 0 && Array(answer.suffix(4)) == [10, 77, 0, 1], "\(answer)")
        }
    }

    @Test func `a conflict demand that no holder confirms does not remove an owned name`() throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["OURS"]))
            try router.owns("OURS")
            let rival = try RawDatagrams(on: lan.stranger, port: 137)
            let demand =
                Wire.nameServiceHeader(0x0808, 0xAD87, [0, 1, 0, 0]) + Wire.name("OURS") + Wire.word(0x20)
                + Wire.word(1)
                + [0, 0, 0, 0] + Wire.word(6) + [0, 0, 0, 0, 0, 0]
            for _ in 0..<3 { try rival.send(demand, to: lan.router.address) }
            try router.owns("OURS")
            let lookup = try SambaClient(host: lan.client).nmblookup("OURS#20")
            #expect(lookup.output.contains("\(lan.router.address) OURS<20>"), "\(lookup)\n\(router.process.errors)")
        }
    }

    /// Returns the response to a request; other packets, such as the router's own broadcasts, are ignored.
    private static func answer(to request: [UInt8], at socket: RawDatagrams) throws -> [UInt8]? {
        let deadline = Deadline(seconds: 3)
        while let received = try socket.receive(within: Double(deadline.remainingMilliseconds) / 1000) {
            if received.bytes.prefix(2) == request.prefix(2), received.bytes.count > 2, received.bytes[2] & 0x80 != 0 {
                return received.bytes
            }
        }
        return nil
    }
}
