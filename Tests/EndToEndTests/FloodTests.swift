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
                usleep(4_000)
            }
        }
    }

    @Test func `While one host floods the name service, others get right answers, and memory stays bounded`() throws {
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
    func `A host gets some node status answers a second, however often it asks, and its queries are all answered`()
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
}
