import Foundation
import Glibc
import Testing

/// Hosts that exceed the rate limits.
@Suite(.serialized)
struct FloodTests {
    /// Sends datagrams in turn, some ten thousand a second, until stopped, and counts them.
    ///
    /// Leaves room in the kernel's buffer, which all senders share and a debug build empties slowly.
    private static func flood(
        _ socket: RawDatagrams,
        _ datagrams: [[UInt8]],
        counting sent: Counter,
        until stop: Flag
    ) -> Background<Void> {
        Background {
            while !stop.isRaised {
                for datagram in (0..<10).flatMap({ _ in datagrams }) {
                    // A full send buffer is as good as a flood.
                    try? socket.send(datagram, to: "10.77.0.1")
                    sent.add()
                }
                pace(microseconds: 4_000)
            }
        }
    }

    @Test func `while one host floods the name service, others get right answers, and memory stays bounded`() throws {
        try Lan.with(alone: true) { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let before = try ProcessUse.residentBytes(of: router.process)
            let attacker = try RawDatagrams(on: lan.stranger, port: 1137)
            let stop = Flag(), sent = Counter()
            let flood = Self.flood(
                attacker,
                [
                    Wire.query(id: 1, "XYKON-2", type: 0x21), Wire.query(id: 2, "NOBODY"),
                    Wire.recordRequest(id: 3, flags: 0x2900, "XYKON-2", address: [10, 77, 0, 3]), [1, 2, 3],
                ],
                counting: sent,
                until: stop
            )
            defer { stop.raise() }
            let client = try RawDatagrams(on: lan.client)
            var id = 0
            while id < 200 || sent.value < 20_000 {
                id += 1
                let query = Wire.query(id: 0x1000 + id, "XYKON-2")
                var answer: [UInt8]?
                // The kernel drops datagrams of all senders when its buffer is full, so the client retransmits, as real
                // clients do.
                for _ in 0..<20 where answer == nil {
                    answer = try client.ask(query, of: lan.router.address, within: 0.25)
                }
                #expect(answer.map { Array($0.suffix(4)) } == [10, 77, 0, 1], "question \(id)")
            }
            stop.raise()
            try flood.value(within: 10)
            try router.owns("XYKON-2")
            let after = try ProcessUse.residentBytes(of: router.process)
            #expect(after - before < 16 << 20, "\(before) to \(after) bytes")
        }
    }

    @Test
    func `a host gets some node status answers a second, however often it asks, and its queries are all answered`()
        throws
    {
        try Lan.with(alone: true) { lan in
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["XYKON-2"]))
            try router.owns("XYKON-2")
            let socket = try RawDatagrams(on: lan.stranger)
            let start = ContinuousClock.now
            for id in 0..<300 { try socket.send(Wire.query(id: id, "XYKON-2", type: 0x21), to: lan.router.address) }
            try socket.send(Wire.query(id: 0x2000, "XYKON-2"), to: lan.router.address)
            var answers = 0
            while let received = try socket.receive(within: 3) {
                if received.bytes.prefix(2) == [0x20, 0x00] { break }
                answers += 1
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            #expect(answers >= 20 && Double(answers) <= 20 + 10 * seconds.rounded(.up), "\(answers) in \(seconds) s")
            let status = try SambaClient(host: lan.client).nmblookup("-A", lan.router.address)
            #expect(status.output.contains("XYKON-2"), "another host is not kept waiting: \(status)")
        }
    }

    /// The least that a client can send, over and over.
    enum TinyFrames: CaseIterable {
        case keepAlives, emptyMessages, both, oneByteEach

        var bytes: [UInt8] {
            switch self {
            case .keepAlives: [0x85, 0, 0, 0]
            case .emptyMessages: [0, 0, 0, 0]
            case .both: [0x85, 0, 0, 0, 0, 0, 0, 0]
            case .oneByteEach: [0x85, 0, 0, 0, 0, 0, 0, 1, 7]
            }
        }
    }

    @Test(arguments: TinyFrames.allCases)
    func `while 40 sessions send nothing but tiny frames, others are served, and turns of the loops stay short`(
        frames: TinyFrames
    ) throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            _ = try RawServer(on: lan.servers[0], port: 446) { session in
                while try !session.receive(upTo: 262_144, within: 60).isEmpty {}
            }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("ECHO", to: "10.77.0.11"), Routes.route("SINK", to: "10.77.0.11:446")]),
                control: lan.router.folder.newFile("control.sock").path
            )
            let others = try (0..<4).map { _ in try router.session(from: lan.client, to: "ECHO") }
            try router.turnReport()
            let block = [[UInt8]](repeating: frames.bytes, count: 8000).flatMap(\.self)
            let stop = Flag(), sent = Counter()
            defer { stop.raise() }
            let floods = try (0..<40).map { _ in
                let session = try router.session(from: lan.stranger, to: "SINK")
                return Background {
                    while !stop.isRaised {
                        try session.send(block, within: 60)
                        sent.add(block.count)
                    }
                }
            }
            try eventually("the flood") { sent.value > 16 << 20 }
            let deadline = Deadline(seconds: 20)
            for exchange in 0..<100 where !deadline.hasPassed {
                for session in others { #expect(try EchoLan.exchanges(session), "exchange \(exchange)") }
            }
            #expect(!deadline.hasPassed, "400 exchanges did not end in 20 s")
            #expect(try router.ask("health").succeeded)
            let report = try router.turnReport()
            stop.raise()
            for flood in floods { try flood.value(within: 60) }
            // A program that is built for debugging takes ten times as long as a release.
            #expect(report.loops.allSatisfy { $0.longestWorkMs < 10 * 10 }, "\(report)")
        }
    }
}
