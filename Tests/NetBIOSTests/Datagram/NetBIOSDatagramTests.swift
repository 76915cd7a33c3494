import Testing

@testable import NetBIOS

struct NetBIOSDatagramTests {
    private static let announcement = HostAnnouncement(
        name: Array("BOXCLI".utf8),
        periodicity: 60_000,
        serverType: HostAnnouncement.ServerType(rawValue: 0x0080_9A03),
        comment: Array("The BOXCLI host".utf8)
    )

    private static let datagram = NetBIOSDatagram(
        kind: .directGroup,
        identifier: 0x40C6,
        nodeType: .mixed,
        source: NameServiceEndpoint(IPv4Address(10, 78, 0, 1), port: 138),
        sourceName: QualifiedName(.raw("BOXCLI", 0x00)),
        destinationName: QualifiedName(.raw("LABGROUP", 0x1D)),
        userData: MailslotWrite(to: MailslotWrite.browser, announcement.encoded()).encoded()
    )

    @Test func `an announcement is written as nmbd writes it, byte for byte`() {
        #expect(Self.announcement.encoded() == GoldenDatagrams.hostAnnouncementFrame)
        #expect(Self.datagram.userData == GoldenDatagrams.hostAnnouncementMessage)
        #expect(Self.datagram.encoded() == GoldenDatagrams.hostAnnouncement)
    }

    @Test func `nmbd's announcement is decoded`() throws {
        let datagram = try NetBIOSDatagram(decoding: GoldenDatagrams.hostAnnouncement)
        #expect(datagram == Self.datagram)
        let message = try MailslotWrite(decoding: datagram.userData)
        #expect(message.isForBrowsers)
        #expect(try BrowserFrame(decoding: message.data) == .hostAnnouncement(Self.announcement))
    }

    @Test func `a request to announce is read, whatever name it holds`() throws {
        let datagram = try NetBIOSDatagram(decoding: GoldenDatagrams.announcementRequest)
        #expect(datagram.destinationName == QualifiedName(.raw("LABGROUP", 0x00)))
        #expect(try BrowserFrame(decoding: MailslotWrite(decoding: datagram.userData).data) == .announcementRequest)
        #expect(try BrowserFrame(decoding: [0x02]) == .announcementRequest)
    }

    @Test func `elections and unknown frames are decoded by their operation code`() throws {
        #expect(try BrowserFrame(decoding: [0x08, 0x01, 0x02]) == .other(0x08))
        #expect(throws: WireError.self) { try BrowserFrame(decoding: []) }
    }

    @Test func `a mailslot's name is compared without case, and LAN Manager's is not browsers'`() throws {
        #expect(try MailslotWrite(decoding: GoldenDatagrams.message(#"\Mailslot\Browse"#, [1])).isForBrowsers)
        #expect(try !MailslotWrite(decoding: GoldenDatagrams.message(#"\MAILSLOT\LANMAN"#, [1])).isForBrowsers)
    }

    @Test(arguments: NodeType.allCases)
    func `the node type is in the flags`(nodeType: NodeType) throws {
        var datagram = Self.datagram
        datagram.nodeType = nodeType
        #expect(datagram.encoded()[1] == 0x02 | UInt8(nodeType.rawValue >> 11))
        #expect(try NetBIOSDatagram(decoding: datagram.encoded()) == datagram)
    }

    @Test func `bytes beyond the length are ignored, and overlong names and comments are truncated`() throws {
        let padded = try NetBIOSDatagram(decoding: GoldenDatagrams.hostAnnouncement + [0, 0, 0])
        #expect(padded == Self.datagram)
        let long = HostAnnouncement(
            name: Array(repeating: 0x41, count: 20),
            periodicity: 1,
            serverType: .fileServer,
            comment: Array(repeating: 0x42, count: 100)
        )
        guard case .hostAnnouncement(let read) = try BrowserFrame(decoding: long.encoded()) else {
            Issue.record("not an announcement")
            return
        }
        #expect(read.name.count == 15 && read.comment.count == 42)
    }

    @Test func `a datagram cut short anywhere is an error in one of its layers`() {
        for golden in [GoldenDatagrams.hostAnnouncement, GoldenDatagrams.announcementRequest] {
            for length in golden.indices {
                #expect(throws: WireError.self) { try NetBIOSDatagram(decoding: Array(golden[..<length])) }
            }
        }
        for length in GoldenDatagrams.requestMessage.indices {
            let message = Array(GoldenDatagrams.requestMessage[..<length])
            #expect(throws: WireError.self) { try MailslotWrite(decoding: message) }
        }
        // The comment ends with the packet, if not with a zero.
        for length in 0..<32 {
            let frame = Array(GoldenDatagrams.hostAnnouncementFrame[..<length])
            #expect(throws: WireError.self) { try BrowserFrame(decoding: frame) }
        }
    }

    @Test func `invalid datagrams are refused, and the error names the field`() {
        func field(_ place: Int, _ byte: UInt8) -> String? {
            var bytes = GoldenDatagrams.announcementRequest
            bytes[place] = byte
            do throws(WireError) {
                _ = try NetBIOSDatagram(decoding: bytes)
                return nil
            } catch {
                return error.field
            }
        }
        #expect(field(0, 0x13) == "MSG_TYPE", "an error")
        #expect(field(0, 0x14) == "MSG_TYPE", "a query of a datagram server")
        #expect(field(1, 0x0B) == "FLAGS", "more fragments follow")
        #expect(field(1, 0x08) == "FLAGS", "not the first fragment")
        #expect(field(11, 0xFF) == "DGM_LENGTH")
        #expect(field(11, 0x20) == "DGM_LENGTH", "ends inside of the names")
        #expect(field(13, 0x01) == "PACKET_OFFSET")
        #expect(field(14, 0xC0) == "SOURCE_NAME", "a pointer to itself")
        #expect(field(48, 0x21) == "DESTINATION_NAME")
    }

    @Test func `a message whose data lies elsewhere is refused`() {
        for offset in [0, 68, 85, 0xFF] as [UInt8] {
            var bytes = GoldenDatagrams.requestMessage
            bytes[57] = offset
            #expect(throws: WireError.self) { try MailslotWrite(decoding: bytes) }
        }
        for (place, byte) in [(0, 0xFE), (4, 0x26), (32, 14), (55, 0xFF), (61, 2)] as [(Int, UInt8)] {
            var bytes = GoldenDatagrams.requestMessage
            bytes[place] = byte
            #expect(throws: WireError.self) { try MailslotWrite(decoding: bytes) }
        }
    }

    @Test func `100,000 damaged datagrams are refused, or read back as what they are written as`() throws {
        var generator = SeededGenerator(seed: 138)
        var accepted = 0
        for _ in 0..<100_000 {
            var bytes = [GoldenDatagrams.hostAnnouncement, GoldenDatagrams.announcementRequest][
                Int.random(
                    in: 0...1,
                    using: &generator
                )
            ]
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = generator.next()
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                bytes.removeLast(Int.random(in: 1...40, using: &generator))
            }
            guard let datagram = try? NetBIOSDatagram(decoding: bytes) else { continue }
            guard try NetBIOSDatagram(decoding: datagram.encoded()) == datagram else {
                Issue.record("\(datagram) is read back as another")
                return
            }
            guard let message = try? MailslotWrite(decoding: datagram.userData) else { continue }
            guard try MailslotWrite(decoding: message.encoded()) == message else {
                Issue.record("\(message) is read back as another")
                return
            }
            if (try? BrowserFrame(decoding: message.data)) != nil { accepted += 1 }
        }
        #expect(accepted > 10_000)
    }
}
