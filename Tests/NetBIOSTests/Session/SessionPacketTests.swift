import NetBIOS
import Testing

struct SessionPacketTests {
    /// FILESRV<20> in scope NETBIOS.COM, called by FRED<00>.
    static let request = hex(
        """
        81 00 0050                             ; type, length 80
        20 4547 454a 454d 4546 4644 4643 4647  ; "FILESRV"
           4341 4341 4341 4341 4341 4341 4341 4341
           4341                                ; <20>
        07 4e45 5442 494f 53  03 434f 4d  00   ; .NETBIOS.COM
        20 4547 4643 4546 4545                 ; "FRED"
           4341 4341 4341 4341 4341 4341 4341 4341 4341 4341 4341
           4141 00                             ; <00>, no scope
        """
    )

    static func packets() throws -> [(SessionPacket, [UInt8])] {
        let request = SessionRequest(
            called: QualifiedName(try NetBIOSName("FILESRV"), scope: try Scope("NETBIOS.COM")),
            calling: QualifiedName(try NetBIOSName("FRED", suffix: .workstation))
        )
        return [
            (.request(request), Self.request),
            (.message([0xFF, 0x53, 0x4D, 0x42]), hex("00 00 0004 ff534d42")),
            (.message([]), hex("00 00 0000")),
            (.positiveResponse, hex("82 00 0000")),
            (.negativeResponse(.calledNameNotPresent), hex("83 00 0001 82")),
            (.retargetResponse(address: IPv4Address(192, 0, 2, 7), port: 139), hex("84 00 0006 c0000207 008b")),
            (.keepAlive, hex("85 00 0000")),
        ]
    }

    @Test func `every packet is encoded to its golden bytes, and back`() throws {
        for (packet, bytes) in try Self.packets() {
            #expect(packet.encoded() == bytes)
            #expect(try SessionPacket(decoding: bytes) == packet)
        }
    }

    @Test func `a message of 8 MiB and more says its length in 24 bits`() throws {
        let message = SessionPacket.message([UInt8](repeating: 1, count: 8_388_720))
        #expect(message.encoded().prefix(4) == [0, 0x80, 0, 0x70])
        #expect(try SessionPacket(decoding: message.encoded()) == message)
    }

    @Test func `every truncation is an error that names its field`() throws {
        for (_, bytes) in try Self.packets() {
            for length in 0..<bytes.count {
                let error = #expect(throws: WireError.self) { try SessionPacket(decoding: Array(bytes.prefix(length))) }
                #expect(error?.field.isEmpty == false)
            }
        }
    }

    @Test func `seeded mutations decode to an error or to a packet that encodes again`() throws {
        var generator = SeededGenerator(seed: 1002)
        let goldens = try Self.packets().map(\.1)
        for _ in 0..<20_000 {
            var bytes = goldens[Int.random(in: goldens.indices, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let packet = try? SessionPacket(decoding: bytes) else { continue }
            #expect(try SessionPacket(decoding: packet.encoded()) == packet)
        }
    }

    @Test func `refusals have the codes of the RFC`() {
        #expect(SessionRefusal.allCases.map(\.rawValue) == [0x80, 0x81, 0x82, 0x83, 0x8F])
    }
}
