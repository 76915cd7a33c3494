import Testing

/// Hostile datagrams to UDP port 137: none ends the process or takes a name away.
@Suite(.serialized)
struct HostileDatagramTests {
    private static let victim: [UInt8] = [10, 77, 0, 3]

    @Test func `a malformed datagram gets no reply and has no effect`() throws {
        try self.withRouter { lan, router in
            for (number, hostile) in HostileDatagram.all.enumerated() {
                let stranger = try RawDatagrams(on: lan.stranger)
                for datagram in hostile.datagrams {
                    try stranger.send(datagram, to: lan.router.address)
                    if datagram.count < 1400 { try stranger.send(datagram, to: Lan.broadcastAddress) }
                }
                // The response to a valid query follows all responses to invalid ones.
                try stranger.send(Wire.query(id: 0x6000 + number, "ECHO"), to: lan.router.address)
                let first = try #require(try stranger.receive(within: 5), "an answer after \(hostile.description)")
                let id = [0x60, UInt8(number)]
                #expect(Array(first.bytes.prefix(2)) == id, "a reply to \(hostile.description): \(first.bytes)")
                #expect(Array(first.bytes.suffix(4)) == [10, 77, 0, 1])
                #expect(router.process.isRunning, "\(hostile.description): \(router.process.errors)")
            }
        }
    }

    @Test func `requests of every opcode and flag leave the process and its names as they were`() throws {
        try self.withRouter { lan, router in
            let stranger = try RawDatagrams(on: lan.stranger, port: 137)
            let group = 0x8000
            for word in stride(from: 0, through: 0xFFFF, by: 8) {
                let bare = Wire.nameServiceHeader(word, word, [1, 0, 0, 0]) + Wire.name("ECHO") + [0, 0x20, 0, 1]
                let full = Wire.recordRequest(
                    id: word,
                    flags: word,
                    "ECHO",
                    nameFlags: word & 0x10 == 0 ? 0 : group,
                    address: Self.victim
                )
                for datagram in [bare, full] { try stranger.send(datagram, to: lan.router.address) }
                // Gives the router time, so that the kernel drops none of the next datagrams.
                if word % 512 == 0 { while try stranger.receive(within: 0.01) != nil {} }
            }
            #expect(router.process.isRunning, "\(router.process.errors)")
            try self.expectAnswer(lan)
        }
    }

    @Test func `every truncation of every request leaves the process as it was`() throws {
        try self.withRouter { lan, router in
            let stranger = try RawDatagrams(on: lan.stranger)
            let requests = [
                Wire.query(id: 1, "ECHO", scope: "a.scope"), Wire.query(id: 2, "*", type: 0x21),
                Wire.recordRequest(id: 3, flags: 0x2910, "ECHO", address: Self.victim),
                Wire.recordRequest(id: 4, flags: 0x3010, "ECHO", address: Self.victim),
                Wire.recordRequest(id: 5, flags: 0x4010, "ECHO", address: Self.victim),
            ]
            for request in requests {
                for count in request.indices { try stranger.send(Array(request.prefix(count)), to: lan.router.address) }
                while let reply = try stranger.receive(within: 0.05) {
                    #expect(request.starts(with: reply.bytes.prefix(2)) == false, "a reply to a truncated request")
                }
            }
            #expect(router.process.isRunning, "\(router.process.errors)")
            try self.expectAnswer(lan)
        }
    }

    @Test func `a registration of an owned name as a group is refused, and the name stays`() throws {
        try self.withRouter { lan, _ in
            let stranger = try RawDatagrams(on: lan.stranger, port: 137)
            let request = Wire.recordRequest(id: 9, flags: 0x2900, "ECHO", nameFlags: 0x8000, address: Self.victim)
            let answer = try #require(try stranger.ask(request, of: lan.router.address))
            #expect(answer[2] & 0x80 != 0 && answer[3] & 0x0F != 0, "\(answer)")
            try self.expectAnswer(lan)
        }
    }

    @Test func `an answer is never answered`() throws {
        try self.withRouter { lan, _ in
            let stranger = try RawDatagrams(on: lan.stranger)
            let record =
                Wire.name("ECHO") + Wire.word(0x20) + Wire.word(1) + [0, 4, 0x93, 0xE0] + Wire.word(6) + [0, 0]
            for flags in [0x8500, 0x8580, 0x8583, 0xAD80, 0xAD86, 0xB400, 0xBC00, 0x8400] {
                let answer = Wire.nameServiceHeader(flags, flags, [0, 1, 0, 0]) + record + Self.victim
                try stranger.send(answer, to: lan.router.address)
            }
            try stranger.send(Wire.query(id: 0x6001, "ECHO"), to: lan.router.address)
            let first = try #require(try stranger.receive(within: 5))
            #expect(first.bytes.prefix(2) == [0x60, 0x01], "\(first)")
        }
    }

    @Test
    func `the status of a node with many names lists 25 at most, the one asked for first, and says that it is cut`()
        throws
    {
        try Lan.with { lan in
            let names = (1...40).map { "SERVER\($0)" }
            let backend = "\(lan.servers[0].address):445"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(names.map { Routes.route($0, to: backend) })
            )
            for name in names { try router.owns(name) }
            let client = try RawDatagrams(on: lan.client)
            for name in ["SERVER1", "SERVER40"] {
                let answer = try #require(
                    try client.ask(Wire.query(id: 0x0A0A, name, type: 0x21), of: lan.router.address)
                )
                // Header 12, name 34, type to RDLENGTH 10, then the count.
                #expect(answer[2] & 0x02 != 0, "truncated")
                #expect(answer[56] == 25)
                #expect(answer.count == 12 + 34 + 10 + 1 + 25 * 18 + 46)
                let first = String(decoding: answer[57..<72], as: UTF8.self)
                #expect(first == name + String(repeating: " ", count: 15 - name.count))
            }
            let table = try SambaClient(host: lan.client).nmblookup("-A", lan.router.address)
            #expect(table.succeeded && table.output.contains("<20>"), "\(table)")
            let scan = try lan.client.run("nbtscan", "-v", "-s", ":", lan.router.address)
            #expect(scan.output.contains("SERVER"), "\(scan)")
        }
    }

    private func withRouter(_ body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("ECHO", to: lan.servers[0].address)])
            )
            try router.owns("ECHO")
            try body(lan, router)
        }
    }

    /// Expects a correct response for ECHO to a broadcast of a real client.
    private func expectAnswer(_ lan: Lan) throws {
        let lookup = try SambaClient(host: lan.client).nmblookup("ECHO#20")
        #expect(lookup.output.contains("\(lan.router.address) ECHO<20>"), "\(lookup)")
    }
}
