import Testing

@testable import NetBIOS

struct QualifiedNameTests {
    /// Decodes a name at `offset`, and returns it with the reader's next offset.
    private func read(_ bytes: [UInt8], at offset: Int = 0) throws(WireError) -> (QualifiedName, next: Int) {
        var reader = ByteReader(bytes, from: offset)
        let name = try QualifiedName(from: &reader, field: "name")
        return (name, reader.offset)
    }

    private func refusal(_ bytes: [UInt8], at offset: Int = 0) -> WireError.Reason? {
        do throws(WireError) {
            _ = try self.read(bytes, at: offset)
            return nil
        } catch {
            return error.reason
        }
    }

    private func encoded(_ name: QualifiedName) -> [UInt8] {
        var writer = ByteWriter()
        name.encode(into: &writer)
        return writer.bytes
    }

    /// The example of RFC 1001 §14.1, `FRED` in the scope `NETBIOS.COM`; there padded with spaces, all sixteen bytes.
    private static let fred = hex(
        """
        20 4547 4643 4546 4545 4341 4341 4341 4341 4341 4341 4341 4341 4341 4341 4341 4341
        07 4E45 5442 494F 53
        03 434F 4D
        00
        """
    )
    private static let fredsName = QualifiedName(
        .raw("FRED", 0x20),
        scope: Scope(labels: [Array("NETBIOS".utf8), Array("COM".utf8)])
    )

    @Test func `the RFC's example is read and written as it stands there`() throws {
        #expect(try self.read(Self.fred) == (Self.fredsName, 46))
        #expect(self.encoded(Self.fredsName) == Self.fred)
        #expect("\(Self.fredsName)" == "FRED<20>.NETBIOS.COM")
    }

    @Test func `a pointer leads back to a name, or to a scope after another name`() throws {
        #expect(try self.read(Self.fred + [0xC0, 0x00], at: 46) == (Self.fredsName, 48))
        let other = Array(Self.fred[..<33]) + [0xC0, 0x21]
        #expect(try self.read(Self.fred + other, at: 46) == (Self.fredsName, 46 + 35))
    }

    @Test func `four pointers are followed, a fifth is not`() throws {
        var bytes = Self.fred
        for hop in 1...5 {
            let target = hop == 1 ? 0 : 46 + 2 * (hop - 2)
            bytes += [0xC0, UInt8(target)]
            if hop <= 4 {
                #expect(try self.read(bytes, at: bytes.count - 2).0 == Self.fredsName)
            } else {
                #expect(self.refusal(bytes, at: bytes.count - 2) != nil)
            }
        }
    }

    @Test func `a pointer to itself, ahead, or into the part that holds it is refused`() {
        #expect(self.refusal([0xC0, 0x00]) != nil)
        #expect(self.refusal([0xC0, 0x10]) != nil)
        #expect(self.refusal(Array(Self.fred[..<33]) + [0xC0, 0x21]) != nil)
        #expect(self.refusal(Array(Self.fred[..<33]) + [0xC0, 0x00]) != nil)
    }

    @Test func `a first label of another length, a letter after P, and the two unused kinds of label are refused`() {
        var bytes = Self.fred
        bytes[0] = 0x1F
        #expect(self.refusal(bytes) == .invalid(0x1F, expected: "0x20, the length of a name"))
        bytes = Self.fred
        bytes[4] = UInt8(ascii: "Q")
        #expect(self.refusal(bytes) == .invalid(0x51, expected: "a letter from A to P"))
        for kind in [0x40, 0x80] as [UInt8] {
            bytes = Self.fred
            bytes[33] = kind
            #expect(self.refusal(bytes) == .invalid(Int(kind), expected: "a label of at most 63 bytes or a pointer"))
        }
    }

    @Test func `255 bytes are a name, 256 are not`() throws {
        let name = Array(Self.fred[..<33])
        func label(_ count: Int) -> [UInt8] { [UInt8(count)] + Array(repeating: UInt8(ascii: "x"), count: count) }
        let most = name + label(63) + label(63) + label(63) + label(28) + [0]
        #expect(most.count == 255)
        let (long, next) = try self.read(most)
        #expect(next == 255)
        #expect(self.encoded(long) == most)
        #expect(self.refusal(name + label(63) + label(63) + label(63) + label(29) + [0]) == .tooLong(256, limit: 255))
    }

    @Test func `names and scopes are compared without case, but keep their bytes; the suffix is compared as it is`() {
        let lower = QualifiedName(
            .raw("fred", 0x20),
            scope: Scope(labels: [Array("netbios".utf8), Array("com".utf8)])
        )
        #expect(lower == Self.fredsName)
        #expect(lower.hashValue == Self.fredsName.hashValue)
        #expect(self.encoded(lower) != Self.fred)
        #expect(NetBIOSName.raw("FRED", 0x61) != NetBIOSName.raw("FRED", 0x41))
        #expect(QualifiedName(.raw("FRED", 0x20)) != Self.fredsName)
    }

    @Test func `a domain name is read like a scope, of 255 bytes at most`() throws {
        var reader = ByteReader(hex("02 6E73 04 7465 7374 00 03 777777 C003"))
        #expect(try "\(Scope(from: &reader, field: "NSD_NAME"))" == "ns.test")
        #expect(try "\(Scope(from: &reader, field: "NSD_NAME"))" == "www.test")
        #expect(reader.remaining == 0)
        var long = ByteReader(Array(repeating: 0x3F, count: 300))
        #expect(throws: WireError.self) { try Scope(from: &long, field: "NSD_NAME") }
    }
}

struct NetBIOSNameTests {
    @Test func `a name is upper-cased and padded with spaces`() throws {
        let name = try NetBIOSName("xykon-2")
        #expect(name.text == "XYKON-2")
        #expect(name.suffix == .fileServer)
        #expect("\(name.with(.workstation))" == "XYKON-2<00>")
        #expect(try NetBIOSName("exactly15bytes!").textBytes.count == 15)
    }

    @Test func `an invalid name has a reason`() {
        #expect(throws: InvalidName.empty) { try NetBIOSName("") }
        #expect(throws: InvalidName.reserved) { try NetBIOSName("*SMBSERVER") }
        #expect(throws: InvalidName.tooLong(bytes: 16)) { try NetBIOSName("SIXTEEN-BYTES-XX") }
        #expect(throws: InvalidName.surroundingSpace) { try NetBIOSName(" A") }
        #expect(throws: InvalidName.character(UInt8(ascii: "/"), offset: 1)) { try NetBIOSName("A/B") }
    }

    @Test func `bytes that are not printable are escaped`() {
        #expect("\(NetBIOSName.raw("\u{1}\u{2}__MSBROWSE__\u{2}", 0x01))" == #"\x01\x02__MSBROWSE__\x02<01>"#)
        #expect(NetBIOSName.wildcard.text == "*")
    }

    @Test func `calls by address are the star names, blanks and the address as text`() {
        let address = IPv4Address(10, 77, 0, 4)
        for text in ["*SMBSERVER", "*SMBSERV", "", "10.77.0.4"] {
            #expect(NetBIOSName.raw(text, 0x20).isCallByAddress(to: address))
        }
        for text in ["FILESRV", "*", "10.77.0.5", "10.77.0.40"] {
            #expect(!NetBIOSName.raw(text, 0x20).isCallByAddress(to: address))
        }
    }

    @Test func `the first label of a DNS name is a name; a name without a dot has none`() {
        #expect(NetBIOSName.raw("xykon-2.example", 0x20).firstLabel == .raw("XYKON-2", 0x20))
        #expect(NetBIOSName.raw("XYKON-2", 0x20).firstLabel == nil)
        #expect(NetBIOSName.raw(".example", 0x20).firstLabel == nil)
    }
}
