import NetBIOS
import Testing

struct NegotiateMessageTests {
    private var generator = SeededGenerator(seed: 445)

    @Test mutating func `a request for SMB 1 is a session message with the six dialects of old clients`() {
        let bytes = NegotiateRequest.smb1.encoded(using: &self.generator)
        #expect(Array(bytes[0..<4]) == [0, 0, 0, UInt8(bytes.count - 4)])
        #expect(Array(bytes[4..<9]) == [0xFF, 0x53, 0x4D, 0x42, 0x72])
        // No words, then the count of the bytes that follow.
        #expect(bytes[36] == 0)
        #expect(Int(bytes[37]) | Int(bytes[38]) << 8 == bytes.count - 39)
        let texts = bytes[39...].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(texts.first == "\u{2}PC NETWORK PROGRAM 1.0")
        #expect(texts.last == "\u{2}NT LM 0.12")
        #expect(texts.count == 6)
    }

    @Test
    mutating func
        `a request for SMB 2 and 3 has five revisions, and the hash that 3.1.1 asks for at a multiple of eight`()
    {
        let bytes = NegotiateRequest.smb2.encoded(using: &self.generator)
        let message = Array(bytes[4...])
        func number(_ offset: Int) -> Int { Int(message[offset]) | Int(message[offset + 1]) << 8 }
        #expect(Array(bytes[0..<4]) == [0, 0, 0, UInt8(message.count)])
        #expect(Array(message[0..<6]) == [0xFE, 0x53, 0x4D, 0x42, 64, 0])
        #expect(number(64) == 36)
        #expect(number(66) == 5)
        #expect((0..<5).map { number(100 + 2 * $0) } == [0x0202, 0x0210, 0x0300, 0x0302, 0x0311])
        let context = number(92)
        #expect(context % 8 == 0)
        #expect(number(context) == 1)
        #expect(context + 8 + number(context + 2) == message.count)
    }

    @Test mutating func `two requests differ in their GUID and their salt alone`() {
        let first = NegotiateRequest.smb2.encoded(using: &self.generator)
        let second = NegotiateRequest.smb2.encoded(using: &self.generator)
        let differing = zip(first, second).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        #expect(!differing.isEmpty)
        #expect(differing.allSatisfy { (80..<96).contains($0) || (130..<162).contains($0) })
    }

    private func smb1(_ body: [UInt8]) -> [UInt8] {
        [0xFF, 0x53, 0x4D, 0x42, 0x72] + [UInt8](repeating: 0, count: 27) + body
    }

    private func smb2(status: UInt8 = 0, _ body: [UInt8]) -> [UInt8] {
        var message = [0xFE, 0x53, 0x4D, 0x42, 64, 0] + [UInt8](repeating: 0, count: 58) + body
        message[8] = status
        return message
    }

    @Test(arguments: [(0x03, .off), (0x07, .offered), (0x0F, .required)] as [(UInt8, NegotiateResponse.Signing)])
    func `an answer of NT LM 0.12 says whether it signs`(mode: UInt8, signing: NegotiateResponse.Signing) {
        let message = self.smb1([17, 5, 0, mode] + [UInt8](repeating: 0, count: 33))
        let response = NegotiateResponse(decoding: message, offered: NegotiateRequest.smb1.dialects)
        #expect(response?.dialect == .smb1("NT LM 0.12"))
        #expect(response?.signing == signing)
    }

    @Test func `an answer of LANMAN 2.1 names its dialect, and says nothing of signatures`() {
        let message = self.smb1([13, 4, 0, 0xFF, 0] + [UInt8](repeating: 0, count: 24))
        let response = NegotiateResponse(decoding: message, offered: NegotiateRequest.smb1.dialects)
        #expect(response?.dialect == .smb1("LANMAN2.1"))
        #expect(response?.signing == nil)
    }

    @Test func `an answer that chooses none is an answer without a dialect`() {
        let smb1 = self.smb1([1, 0xFF, 0xFF, 0, 0])
        #expect(NegotiateResponse(decoding: smb1, offered: NegotiateRequest.smb1.dialects)?.dialect == nil)
        #expect(NegotiateResponse(decoding: smb1, offered: NegotiateRequest.smb1.dialects) != nil)
        let smb2 = self.smb2(status: 0xBB, [9, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(NegotiateResponse(decoding: smb2, offered: NegotiateRequest.smb2.dialects) != nil)
        #expect(NegotiateResponse(decoding: smb2, offered: NegotiateRequest.smb2.dialects)?.dialect == nil)
    }

    @Test(arguments: [(0x01, .offered), (0x03, .required)] as [(UInt8, NegotiateResponse.Signing)])
    func `an answer of SMB 2 or 3 says whether it signs`(mode: UInt8, signing: NegotiateResponse.Signing) {
        let message = self.smb2([65, 0, mode, 0, 0x11, 0x03] + [UInt8](repeating: 0, count: 58))
        let response = NegotiateResponse(decoding: message, offered: NegotiateRequest.smb2.dialects)
        #expect(response?.dialect.map { "\($0)" } == "SMB 3.1.1")
        #expect(response?.signing == signing)
    }

    @Test func `other messages, and truncated ones, are not negotiate responses`() {
        let messages = [
            [], Array("HTTP/1.1 400 Bad Request".utf8), self.smb1([17]), self.smb2([65, 0, 1]),
            [0xFF, 0x53, 0x4D, 0x42, 0x73] + [UInt8](repeating: 0, count: 40),
        ]
        for message in messages {
            #expect(NegotiateResponse(decoding: message, offered: NegotiateRequest.smb1.dialects) == nil)
        }
    }
}
