import Testing

/// What any stranger may send to UDP port 137. Nothing of it may harm the process or take a name away.
@Suite(.serialized)
struct HostileDatagramTests {
    private static let victim: [UInt8] = [10, 77, 0, 3]

    @Test func `A malformed datagram gets no reply and harms nothing`() throws {
        try self.withRouter { lan, router in
            for (number, hostile) in HostileDatagram.all.enumerated() {
                let stranger = try RawDatagrams(on: lan.stranger)
                for datagram in hostile.datagrams {
                    try stranger.send(datagram, to: lan.router.address)
                    if datagram.count < 1400 { try stranger.send(datagram, to: Lan.broadcastAddress) }
                }
                // The answer to a good question comes behind all answers to bad ones.
                try stranger.send(Wire.query(id: 0x6000 + number, "ECHO"), to: lan.router.address)
                let first = try #require(try stranger.receive(within: 5), "an answer after \(hostile.description)")
                let id = [0x60, UInt8(number)]
                #expect(Array(first.bytes.prefix(2)) == id, "a reply to \(hostile.description): \(first.bytes)")
                #expect(Array(first.bytes.suffix(4)) == [10, 77, 0, 1])
                #expect(router.process.isRunning, "\(hostile.description): \(router.process.errors)")
            }
        }
    }

    @Test func `Requests of every opcode and flag leave the process and its names as they were`() throws {
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
                // Let it work off what it has, so that the kernel drops nothing of the next.
                if word % 512 == 0 { while try stranger.receive(within: 0.01) != nil {} }
            }
            #expect(router.process.isRunning, "\(router.process.errors)")
            try self.expectAnswer(lan)
        }
    }

    @Test func `Every truncation of every request leaves the process as it was`() throws {
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

    @Test func `A registration of our name as a group's is refused, and the name stays`() throws {
        try self.withRouter { lan, _ in
            let stranger = try RawDatagrams(on: lan.stranger, port: 137)
            let request = Wire.recordRequest(id: 9, flags: 0x2900, "ECHO", nameFlags: 0x8000, address: Self.victim)
            let answer = try #require(try stranger.ask(request, of: lan.router.address))
            #expect(answer[2] & 0x80 != 0 && answer[3] & 0x0F != 0, "\(answer)")
            try self.expectAnswer(lan)
        }
    }

    @Test func `An answer is never answered`() throws {
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
    func `The status of a node with many names lists 25 at most, the one asked for first, and says that it is cut`()
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

    /// Expects a right answer for ECHO, asked by broadcast with a real client.
    private func expectAnswer(_ lan: Lan) throws {
        let lookup = try SambaClient(host: lan.client).nmblookup("ECHO#20")
        #expect(lookup.output.contains("\(lan.router.address) ECHO<20>"), "\(lookup)")
    }
}

/// Some datagrams that deserve no reply.
struct HostileDatagram: Sendable {
    let description: String
    let datagrams: [[UInt8]]

    init(_ description: String, _ datagrams: [UInt8]...) {
        self.init(description, all: datagrams)
    }

    init(_ description: String, all datagrams: [[UInt8]]) {
        self.description = description
        self.datagrams = datagrams
    }

    private static let question = Wire.word(0x20) + Wire.word(1)
    private static let body = Wire.name("ECHO") + question
    private static let query = Wire.nameServiceHeader(0x5000, 0x0010, [1, 0, 0, 0])

    static let all = [
        HostileDatagram("nothing", []),
        HostileDatagram("less than a header", all: (1..<12).map { Array(query.prefix($0)) }),
        HostileDatagram("a count and no body", query, Wire.nameServiceHeader(1, 0x0010, [1, 0, 0, 1])),
        HostileDatagram(
            "counts far beyond the body",
            Wire.nameServiceHeader(1, 0x0010, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]),
            Wire.nameServiceHeader(1, 0x0010, [0xFFFF, 0, 0, 0]) + body
        ),
        HostileDatagram("a name that points at itself", query + [0xC0, 0x0C] + question),
        HostileDatagram("two names that point at each other", query + [0xC0, 0x0E, 0xC0, 0x0C] + question),
        HostileDatagram("a name that points behind the packet", query + [0xFF, 0xFF] + question),
        HostileDatagram("a name that points into the header", query + [0xC0, 0x00] + question),
        HostileDatagram(
            "a scope that points back at its name",
            query + Wire.name("ECHO").dropLast() + [0xC0, 0x0C] + question
        ),
        HostileDatagram("a class other than IN", query + Wire.name("ECHO") + Wire.word(0x20) + Wire.word(2)),
        HostileDatagram("a label of 63 bytes", query + [0x3F] + Array(repeating: 0x41, count: 63) + [0] + question),
        HostileDatagram("a label of length 0x40", query + [0x40] + Array(repeating: 0x41, count: 64) + [0] + question),
        HostileDatagram("an endless scope", query + Wire.name("ECHO").dropLast() + Array(repeating: 1, count: 500)),
        HostileDatagram(
            "nibbles that are no nibbles",
            query + [0x20] + Array(repeating: 0x7A, count: 32) + [0] + question
        ),
        HostileDatagram("a registration without its record", Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 0]) + body),
        HostileDatagram("a release without its record", Wire.nameServiceHeader(1, 0x3010, [1, 0, 0, 0]) + body),
        HostileDatagram(
            "a record that is promised and missing",
            Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body
        ),
        HostileDatagram(
            "a record that is cut short",
            all: (1..<22).map {
                Wire.recordRequest(id: 1, flags: 0x2910, "ECHO", address: [10, 77, 0, 3]).dropLast($0)
            }
        ),
        HostileDatagram(
            "a record longer than the packet",
            Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + question + [0, 0, 0, 0]
                + Wire.word(0xFFFF) + [0, 0, 10, 77, 0, 3]
        ),
        HostileDatagram(
            "a record of no length",
            Wire.nameServiceHeader(1, 0x2910, [1, 0, 0, 1]) + body + Wire.word(0xC00C) + question + [0, 0, 0, 0, 0, 0]
        ),
        HostileDatagram("a kilobyte of 0xFF", Array(repeating: 0xFF, count: 1024)),
        HostileDatagram("a kilobyte of zeros", Array(repeating: 0x00, count: 1024)),
        HostileDatagram("the largest datagram", query + body + Array(repeating: 0x41, count: 65_000)),
    ]
}
