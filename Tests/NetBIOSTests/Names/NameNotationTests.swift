import Testing

@testable import NetBIOS

struct NameNotationTests {
    @Test(arguments: [
        ("xykon-2", "XYKON-2<20>"), ("XYKON-2<00>", "XYKON-2<00>"), ("XYKON-2#1b", "XYKON-2<1b>"),
        ("XYKON-2#0", "XYKON-2<00>"), ("*SMBSERVER", "*SMBSERVER<20>"), ("A#B#20", "A#B<20>"),
    ])
    func `nbtstat's and Samba's notation, and none`(text: String, name: String) throws {
        #expect("\(try QualifiedName(notation: text))" == name)
    }

    @Test func `'*' alone is padded with zeros, as a node status request has it`() throws {
        #expect(try QualifiedName(notation: "*").name == NetBIOSName.wildcard)
    }

    @Test func `blanks are a call by address`() throws {
        let name = try QualifiedName(notation: " ").name
        #expect(name.isCallByAddress(to: IPv4Address(192, 0, 2, 1)))
        #expect(name.suffix == .fileServer)
    }

    @Test(arguments: [("A<2g>", "2g"), ("A<>", ""), ("A#200", "200"), ("A#+1", "+1")])
    func `a suffix is one or two hexadecimal digits`(text: String, suffix: String) {
        #expect(throws: InvalidNameNotation.suffix(suffix)) { try QualifiedName(notation: text) }
    }

    @Test func `an invalid name has a reason`() {
        #expect(throws: InvalidNameNotation.name(.tooLong(bytes: 16))) {
            try QualifiedName(notation: "ABCDEFGHIJKLMNOP")
        }
        #expect(throws: InvalidNameNotation.name(.reserved)) { try QualifiedName(notation: "*other") }
        #expect(throws: InvalidNameNotation.name(.character(0x2F, offset: 1))) { try QualifiedName(notation: "A/B") }
    }

    @Test func `the scope is taken as it is given`() throws {
        #expect("\(try QualifiedName(notation: "A", scope: try Scope("example.com")))" == "A<20>.example.com")
    }
}

struct NameEqualityTests {
    @Test func `every byte equals itself and its other case, and nothing else`() {
        for place in [0, 7, 8, 14, 15] {
            for first in UInt8.min...UInt8.max {
                for second in UInt8.min...UInt8.max {
                    var left = SIMD16<UInt8>(repeating: 0x20), right = left
                    left[place] = first
                    right[place] = second
                    let isSame =
                        place == 15 ? first == second : Self.upperCased(first) == Self.upperCased(second)
                    if (NetBIOSName(bytes: left) == NetBIOSName(bytes: right)) != isSame {
                        Issue.record("byte \(first) and \(second) at \(place)")
                    }
                }
            }
        }
    }

    private static func upperCased(_ byte: UInt8) -> UInt8 {
        (0x61...0x7A).contains(byte) ? byte - 0x20 : byte
    }
}
