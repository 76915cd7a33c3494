import Testing

@testable import NetBIOS

struct NameServicePacketTests {
    @Test(arguments: GoldenPacket.all)
    func `a golden packet is decoded`(golden: GoldenPacket) throws {
        #expect(try NameServicePacket(decoding: golden.bytes) == golden.packet)
    }

    @Test(arguments: GoldenPacket.all.filter(\.isWritten))
    func `a packet is written as the golden bytes`(golden: GoldenPacket) {
        #expect(golden.packet.encoded() == golden.bytes)
    }

    @Test(arguments: GoldenPacket.all)
    func `a packet cut short anywhere is an error`(golden: GoldenPacket) {
        for length in golden.bytes.indices {
            #expect(throws: WireError.self) { try NameServicePacket(decoding: Array(golden.bytes[..<length])) }
        }
    }

    @Test(arguments: GoldenPacket.all)
    func `a packet with a trailing byte is an error`(golden: GoldenPacket) {
        #expect(throws: WireError.self) { try NameServicePacket(decoding: golden.bytes + [0]) }
    }

    @Test(arguments: GoldenPacket.all)
    func `a packet with any count changed is an error, but for the negative query's`(golden: GoldenPacket) throws {
        for place in [5, 7, 9, 11] {
            for count in [0, 1, 2, 0xFF] as [UInt8] where golden.bytes[place] != count {
                var bytes = golden.bytes
                bytes[place] = count
                if let packet = try? NameServicePacket(decoding: bytes) {
                    #expect(packet == golden.packet)
                    #expect(golden.title.hasPrefix("negative name query response") && place == 7 && count < 2)
                }
            }
        }
    }

    @Test func `200,000 damaged packets are refused, or read back as what they are written as`() throws {
        var generator = SeededGenerator(seed: 137)
        let goldens = GoldenPacket.all.map(\.bytes)
        var accepted = 0
        for _ in 0..<200_000 {
            var bytes = goldens[Int.random(in: goldens.indices, using: &generator)]
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.damage(&bytes, using: &generator) }
            guard let packet = try? NameServicePacket(decoding: bytes) else { continue }
            accepted += 1
            let again = try NameServicePacket(decoding: packet.encoded())
            guard again == packet else {
                Issue.record("\(packet) is read back as \(again)")
                return
            }
        }
        #expect(accepted > 10_000)
    }

    /// Changes, adds or takes away a byte, or writes an interesting number.
    private static func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = generator.next()
        case 2: bytes[place] = [0x00, 0x01, 0x0C, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF][Int(bytes[place]) % 10]
        case 3: bytes.remove(at: place)
        case 4: bytes.insert(generator.next(), at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}

struct RefusedPacketTests {
    /// The decoding error of a packet, if any.
    private func refusal(_ text: String) -> WireError? {
        do throws(WireError) {
            _ = try NameServicePacket(decoding: hex(text))
            return nil
        } catch {
            return error
        }
    }

    private static let name = "20 4547454A454D45464644464346474341434143414341434143414341434143 41 00"

    @Test func `counts without a body`() {
        #expect(self.refusal("1234 0110 0001 0000 0000 0000")?.field == "QUESTION_NAME")
        #expect(self.refusal("1234 8580 0000 0001 0000 0000")?.field == "RR_NAME")
        #expect(self.refusal("1234 0110 FFFF FFFF FFFF FFFF")?.field == "QDCOUNT of request")
    }

    @Test func `another class than IN`() {
        #expect(self.refusal("1234 0110 0001 0000 0000 0000 \(Self.name) 0020 0003")?.field == "QUESTION_CLASS")
    }

    @Test func `a registration or a release without its additional record`() {
        for word in ["2910", "3010", "4000", "7900"] {
            #expect(
                self.refusal("1234 \(word) 0001 0000 0000 0000 \(Self.name) 0020 0001")?.field == "ARCOUNT of request"
            )
            #expect(self.refusal("1234 \(word) 0001 0000 0000 0001 \(Self.name) 0020 0001")?.field == "RR_NAME")
        }
    }

    @Test func `an additional record about another name`() {
        let other = "20 4647454A454D45464644464346474341434143414341434143414341434143 41 00"
        let error = self.refusal(
            "1234 2910 0001 0000 0000 0001 \(Self.name) 0020 0001 \(other) 0020 0001 00000000 0006 0000 C0000201"
        )
        #expect(error?.field == "RR_NAME")
    }

    @Test func `a name that points at itself or ahead`() {
        #expect(self.refusal("1234 0110 0001 0000 0000 0000 C00C 0020 0001")?.field == "QUESTION_NAME")
        #expect(self.refusal("1234 0110 0001 0000 0000 0000 C0FF 0020 0001")?.field == "QUESTION_NAME")
        #expect(
            self.refusal("1234 2910 0001 0000 0000 0001 \(Self.name) 0020 0001 C032 0020 0001 00000000 0006")?.field
                == "RR_NAME"
        )
    }

    @Test func `an RDLENGTH that does not match the data`() {
        for length in ["0005", "0007", "FFFF", "0000"] {
            let error = self.refusal(
                "1234 8580 0000 0001 0000 0000 \(Self.name) 0020 0001 00000000 \(length) 0000 C0000201"
            )
            #expect(error != nil)
        }
    }

    @Test func `a node status that claims more names than it holds`() {
        let error = self.refusal("1234 8400 0000 0001 0000 0000 \(Self.name) 0021 0001 00000000 0001 FF")
        #expect(error?.field == "NUM_NAMES")
    }

    @Test func `an operation or a result that has no number`() {
        #expect(self.refusal("1234 0910 0001 0000 0000 0000 \(Self.name) 0020 0001")?.field == "OPCODE")
        #expect(self.refusal("1234 3810 0001 0000 0000 0001 \(Self.name) 0020 0001")?.field == "OPCODE")
        #expect(
            self.refusal("1234 8588 0000 0001 0000 0000 \(Self.name) 000A 0001 00000000 0000")?.field == "RCODE"
        )
        #expect(self.refusal("1234 0110 0001 0000 0000 0000 \(Self.name) 0099 0001")?.field == "QUESTION_TYPE")
        #expect(self.refusal("1234 0110 0001 0000 0000 0000 \(Self.name) 000A 0001")?.field == "QUESTION_TYPE")
    }

    @Test func `an empty datagram, and one longer than any packet`() {
        #expect(self.refusal("")?.reason == .truncated(needed: 2, remaining: 0))
        #expect(throws: WireError.self) { try NameServicePacket(decoding: Array(repeating: 0xC0, count: 65_507)) }
    }
}

struct SentPacketTests {
    @Test func `a node status lists at most 25 names and says that there are more`() throws {
        let names = (0..<26).map { NodeStatus.Name(.raw("NAME-\($0)", 0x20)) }
        let response = NameServiceResponse(
            transactionID: 1,
            name: .wildcard,
            answer: .nodeStatus(NodeStatus(names: names))
        )
        let bytes = response.encoded()
        #expect(bytes.count == 103 + 18 * 25)
        guard case .response(let decoded) = try NameServicePacket(decoding: bytes),
            case .nodeStatus(let status) = decoded.answer
        else { Issue.record("not a node status"); return }
        #expect(status.names == Array(names[..<25]))
        #expect(status.isTruncated)
    }

    @Test func `no packet is longer than 576 bytes, even in the longest scope`() throws {
        let label = String(repeating: "x", count: 62)
        let scope = try Scope([label, label, label, String(repeating: "x", count: 31)].joined(separator: "."))
        let name = QualifiedName(.wildcard, scope: scope)
        let names = (0..<25).map { NodeStatus.Name(.raw("NAME-\($0)", 0x20)) }
        let entries = (0..<30).map { AddressEntry(IPv4Address(192, 0, 2, UInt8($0))) }
        for answer in [
            NameServiceResponse.Answer.nodeStatus(NodeStatus(names: names)),
            .addresses(entries, timeToLive: 0),
        ] {
            let bytes = NameServiceResponse(transactionID: 1, name: name, answer: answer).encoded()
            #expect(bytes.count <= NameServicePacket.maximumLength)
            #expect(bytes[2] & 0x02 != 0, "TC")
            #expect(throws: Never.self) { try NameServicePacket(decoding: bytes) }
        }
    }

    @Test func `the lengths are the RFC's`() {
        #expect(GoldenPacket.all.first { $0.title == "name query request, broadcast" }?.bytes.count == 50)
        #expect(GoldenPacket.all.first { $0.title == "name registration request, broadcast" }?.bytes.count == 68)
        #expect(GoldenPacket.all.first { $0.title == "positive name query response" }?.bytes.count == 62)
        #expect(GoldenPacket.all.first { $0.title == "node status response" }?.bytes.count == 103 + 18 * 2)
    }
}
