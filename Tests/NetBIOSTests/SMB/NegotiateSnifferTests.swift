import NetBIOS
import Testing

struct NegotiateSnifferTests {
    /// A session message around `payload`.
    private func message(_ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)] + payload
    }

    private func smb1(command: UInt8 = 0x72, body: [UInt8]) -> [UInt8] {
        self.message([0xFF] + Array("SMB".utf8) + [command] + [UInt8](repeating: 0, count: 27) + body)
    }

    private func smb1Request(_ dialects: [String]) -> [UInt8] {
        let entries: [UInt8] = dialects.flatMap { [0x02] + Array($0.utf8) + [0x00] }
        return self.smb1(body: [0, UInt8(entries.count & 0xFF), UInt8(entries.count >> 8)] + entries)
    }

    private func smb2(body: [UInt8]) -> [UInt8] {
        self.message([0xFE] + Array("SMB".utf8) + [64, 0] + [UInt8](repeating: 0, count: 58) + body)
    }

    private func smb2Response(_ revision: UInt16) -> [UInt8] {
        self.smb2(body: [65, 0, 0, 0, UInt8(revision & 0xFF), UInt8(revision >> 8)] + [UInt8](repeating: 0, count: 58))
    }

    private func smb2Request(_ revisions: [UInt16]) -> [UInt8] {
        self.smb2(
            body: [36, 0, UInt8(revisions.count), 0] + [UInt8](repeating: 0, count: 32)
                + revisions.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        )
    }

    /// The dialects that an old Xerox scanner offers to Windows XP.
    private static let scanner = [
        "PC NETWORK PROGRAM 1.0", "XENIX CORE", "MICROSOFT NETWORKS 1.03", "LANMAN1.0",
        "Windows for Workgroups 3.1a", "LM1.2X002", "LANMAN2.1", "NT LM 0.12",
    ]

    /// Gives both streams to a sniffer in chunks of `size`, the client's first.
    private func sniff(_ exchanges: [(client: [UInt8], backend: [UInt8])], chunk size: Int) -> NegotiateSniffer {
        var sniffer = NegotiateSniffer()
        for (client, backend) in exchanges {
            for start in stride(from: 0, to: client.count, by: size) {
                sniffer.receivedFromClient(Array(client[start..<min(start + size, client.count)]).span.bytes)
            }
            for start in stride(from: 0, to: backend.count, by: size) {
                sniffer.receivedFromBackend(Array(backend[start..<min(start + size, backend.count)]).span.bytes)
            }
        }
        return sniffer
    }

    @Test(arguments: [1, 3, 64, 10_000])
    func `SMB 1: the text that the backend's index points at`(chunk: Int) {
        let response = self.smb1(body: [17, 7, 0] + [UInt8](repeating: 0, count: 40))
        let sniffer = self.sniff([([0x85, 0, 0, 0] + self.smb1Request(Self.scanner), response)], chunk: chunk)
        #expect(sniffer.offered == Self.scanner.map { .smb1($0) })
        #expect(sniffer.chosen.map { "\($0)" } == "NT LM 0.12")
        #expect(sniffer.offersSMB1Alone)
        #expect(sniffer.isFinished)
    }

    @Test(arguments: [(0x0202, "SMB 2.0.2"), (0x0311, "SMB 3.1.1")])
    func `SMB 2 and 3: the revision, in words`(revision: UInt16, text: String) {
        let sniffer = self.sniff(
            [(self.smb2Request([0x0202, 0x0210, 0x0311]), self.smb2Response(revision))],
            chunk: 7
        )
        #expect(sniffer.offered.count == 3)
        #expect(sniffer.chosen.map { "\($0)" } == text)
        #expect(!sniffer.offersSMB1Alone)
    }

    @Test func `a multi-protocol negotiation is followed to its second round`() {
        let sniffer = self.sniff(
            [
                (self.smb1Request(Self.scanner + ["SMB 2.002", "SMB 2.???"]), self.smb2Response(0x02FF)),
                (self.smb2Request([0x0210, 0x0300]), self.smb2Response(0x0300)),
            ],
            chunk: 11
        )
        #expect(sniffer.chosen.map { "\($0)" } == "SMB 3.0")
        #expect(!sniffer.offersSMB1Alone)
    }

    @Test func `a backend that chooses none, and bytes that are no SMB, end the search without a dialect`() {
        let refusal = self.smb1(body: [1, 0xFF, 0xFF, 0, 0])
        #expect(self.sniff([(self.smb1Request(Self.scanner), refusal)], chunk: 100).chosen == nil)
        let other = self.sniff([(self.message(Array("hello".utf8)), self.message([1, 2, 3]))], chunk: 100)
        #expect(other.chosen == nil)
        #expect(other.isFinished)
    }

    @Test(
        arguments: [[0x85, 0, 0, 0], [0, 0, 0, 0], [0x85, 0, 0, 1, 7]] as [[UInt8]],
        [1, 3, 10_000]
    )
    func `it gives up after 64 packets without a message, from either side`(packet: [UInt8], chunk: Int) {
        let few = [[UInt8]](repeating: packet, count: 63).flatMap(\.self), many = few + packet
        let request = self.smb2Request([0x0311]), response = self.smb2Response(0x0311)
        #expect(self.sniff([(few + request, few + response)], chunk: chunk).chosen != nil)
        let client = self.sniff([(many, [])], chunk: chunk)
        #expect(client.isFinished)
        let backend = self.sniff([(request, many)], chunk: chunk)
        #expect(backend.isFinished && backend.chosen == nil && backend.offered.count == 1)
    }

    @Test func `it gives up after 64 rounds of negotiation without a dialect`() {
        let wildcard = self.smb2Response(0x02FF), request = self.smb2Request([0x0210])
        func isFinished(after rounds: Int) -> Bool {
            self.sniff(Array(repeating: (request, wildcard), count: rounds), chunk: 10_000).isFinished
        }
        #expect(!isFinished(after: 63))
        #expect(isFinished(after: 65))
    }

    @Test func `a client of SMB 1 alone is seen to be refused by an answer without a dialect, or by none at all`() {
        let old = self.smb1Request(Self.scanner), modern = self.smb1Request(Self.scanner + ["SMB 2.002"])
        let refusal = self.smb1(body: [1, 0xFF, 0xFF, 0, 0]), choice = self.smb1(body: [17, 7, 0])
        func isRefused(_ request: [UInt8], _ answer: [UInt8], closedByBackend: Bool) -> Bool {
            self.sniff([(request, answer)], chunk: 1000).isSMB1Refused(closedByBackend: closedByBackend)
        }
        #expect(isRefused(old, refusal, closedByBackend: false))
        #expect(isRefused(old, [], closedByBackend: true))
        #expect(!isRefused(old, [], closedByBackend: false))
        #expect(!isRefused(old, choice, closedByBackend: true))
        #expect(!isRefused(old, self.message([1, 2, 3]), closedByBackend: true))
        #expect(!isRefused(modern, refusal, closedByBackend: true))
        #expect(!isRefused(self.smb2Request([0x0311]), [], closedByBackend: true))
        #expect(!isRefused(self.message(Array("hello".utf8)), [], closedByBackend: true))
        #expect(!isRefused([], [], closedByBackend: true))
    }

    @Test func `seeded mutations and truncations do not trap`() {
        var generator = SeededGenerator(seed: 445)
        let seeds = [self.smb1Request(Self.scanner), self.smb2Request([0x0202, 0x0311])]
        let answers = [self.smb1(body: [17, 7, 0]), self.smb2Response(0x0311), self.smb2Response(0x02FF)]
        for _ in 0..<20_000 {
            var client = seeds[Int.random(in: seeds.indices, using: &generator)]
            var backend = answers[Int.random(in: answers.indices, using: &generator)]
            for _ in 0..<3 {
                client[Int.random(in: client.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                backend[Int.random(in: backend.indices, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            client.removeLast(Int.random(in: 0...client.count, using: &generator))
            let sniffer = self.sniff([(client, backend)], chunk: 50)
            #expect(sniffer.offered.count <= MessageLimit.dialects)
        }
    }

    private enum MessageLimit {
        /// A kilobyte of two-byte entries.
        static let dialects = 512
    }
}
