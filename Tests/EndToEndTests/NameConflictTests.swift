import Testing

/// Names that somebody else on the network holds, or wants.
@Suite(.serialized)
struct NameConflictTests {
    @Test func `A name that a real nmbd holds is in conflict: logged, not answered, and the others go on`() throws {
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

    @Test func `Another host that registers a name of ours gets a refusal`() throws {
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

    @Test func `Another host's release does not take a name of ours away`() throws {
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

    @Test func `A conflict demand that nobody stands behind does not take a name of ours away`() throws {
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

    /// The response to a request; what else arrives, such as the router's own broadcasts, is passed over.
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
