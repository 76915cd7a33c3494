import Foundation
import Testing

/// Very many datagrams, damaged ones and good ones. `NBROUTER_LONG_TESTS=1` sends a million, else 25,000.
@Suite(.serialized)
struct DatagramFloodTests {
    private static let count = ProcessInfo.processInfo.environment["NBROUTER_LONG_TESTS"] == nil ? 25_000 : 1_000_000

    /// Numbers that are the same in every run (SplitMix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = self.state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    /// The packets to damage: every kind of request and response, about the name that must survive.
    private static let seeds: [[UInt8]] = {
        let address: [UInt8] = [10, 77, 0, 3]
        let requests = [0x2910, 0x2810, 0x2900, 0x2800, 0x3010, 0x3000, 0x4010, 0x4000, 0x4800, 0x7900].map {
            Wire.recordRequest(id: $0, flags: $0, "ECHO", address: address)
        }
        let answers = [0x8500, 0x8580, 0x8583, 0xAD80, 0xAD86, 0xAD87, 0xAD00, 0xB400, 0xB406, 0xBC00].map { flags in
            Wire.nameServiceHeader(flags, flags, [0, 1, 0, 0]) + Wire.name("ECHO") + Wire.word(0x20) + Wire.word(1)
                + [0, 0, 0, 9] + Wire.word(6) + [0, 0] + address
        }
        return requests + answers + [
            Wire.query(id: 1, "ECHO"), Wire.query(id: 2, "ECHO", scope: "a.scope"), Wire.query(id: 3, "*", type: 0x21),
            Wire.query(id: 4, "ECHO", type: 0x21),
        ]
    }()

    private static func mutated(_ generator: inout Generator) -> [UInt8] {
        var bytes = self.seeds[Int.random(in: self.seeds.indices, using: &generator)]
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            default: bytes.append(contentsOf: bytes[place...].prefix(100))
            }
        }
        return bytes
    }

    @Test func `Damaged datagrams without number change nothing: same process, right answers, bounded memory`() throws {
        try self.withRouter { lan, router in
            var generator = Generator(state: 1002)
            // From another network for the most part, so that the limits for each source do not spare the router the work.
            let senders = try (0..<8).map { _ in try RawDatagrams(on: lan.stranger) }
            let client = try RawDatagrams(on: lan.client)
            try self.expectAnswer(client, lan)
            let before = try ProcessUse.residentBytes(of: router.process)
            for number in 0..<Self.count {
                let sender = senders[number % senders.count]
                try sender.send(
                    Self.mutated(&generator),
                    to: number % 3 == 0 ? Lan.broadcastAddress : lan.router.address
                )
                // The kernel drops datagrams beyond its buffer; at a slower pace all are read.
                if number % 64 == 63 { try self.expectAnswer(client, lan) }
            }
            #expect(router.process.isRunning, "\(router.process.errors)")
            let after = try ProcessUse.residentBytes(of: router.process)
            #expect(after - before < 16 << 20, "\(before >> 10) KiB, then \(after >> 10) KiB")
        }
    }

    @Test func `a flood of good requests from one host leaves the others their answers`() throws {
        try self.withRouter { lan, router in
            let senders = try (0..<4).map { _ in try RawDatagrams(on: lan.stranger) }
            let client = try RawDatagrams(on: lan.client)
            try self.expectAnswer(client, lan)
            let before = try ProcessUse.residentBytes(of: router.process)
            let requests = [
                Wire.query(id: 1, "ECHO"), Wire.query(id: 2, "ECHO", type: 0x21), Wire.query(id: 3, "NOBODY"),
                Wire.recordRequest(id: 4, flags: 0x2900, "ECHO", address: [10, 77, 0, 3]),
            ]
            for number in 0..<Self.count {
                try senders[number % 4].send(requests[number % 4], to: lan.router.address)
                if number % 1000 == 999 { try self.expectAnswer(client, lan) }
            }
            let after = try ProcessUse.residentBytes(of: router.process)
            #expect(after - before < 16 << 20, "\(before >> 10) KiB, then \(after >> 10) KiB")
            #expect(router.process.isRunning, "\(router.process.errors)")
            let log = try router.logLength()
            #expect(log < 1 << 20, "the log has \(log) bytes")
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

    /// Expects a right answer, asked as long as the flood leaves no room for the question.
    private func expectAnswer(_ client: RawDatagrams, _ lan: Lan) throws {
        try eventually("an answer for ECHO", within: 20) {
            let answer = try client.ask(Wire.query(id: 0x7777, "ECHO"), of: lan.router.address, within: 0.5)
            return answer.map { Array($0.suffix(4)) == [10, 77, 0, 1] } ?? false
        }
    }
}
