import Testing

@testable import NetBIOS

@Suite("Names as people write them")
struct NameNotationTests {
    @Test(
        "nbtstat's and Samba's notation, and none",
        arguments: [
            ("xykon-2", "XYKON-2<20>"), ("XYKON-2<00>", "XYKON-2<00>"), ("XYKON-2#1b", "XYKON-2<1b>"),
            ("XYKON-2#0", "XYKON-2<00>"), ("*SMBSERVER", "*SMBSERVER<20>"), ("A#B#20", "A#B<20>"),
        ]
    )
    func notations(text: String, name: String) throws {
        #expect("\(try QualifiedName(notation: text))" == name)
    }

    @Test("`*` alone is padded with zeros, as a node status request has it")
    func wildcard() throws {
        #expect(try QualifiedName(notation: "*").name == NetBIOSName.wildcard)
    }

    @Test("blanks are a call by address")
    func blanks() throws {
        let name = try QualifiedName(notation: " ").name
        #expect(name.isCallByAddress(to: IPv4Address(192, 0, 2, 1)))
        #expect(name.suffix == .fileServer)
    }

    @Test(
        "a suffix is one or two hexadecimal digits",
        arguments: [("A<2g>", "2g"), ("A<>", ""), ("A#200", "200"), ("A#+1", "+1")]
    )
    func wrongSuffix(text: String, suffix: String) {
        #expect(throws: InvalidNameNotation.suffix(suffix)) { try QualifiedName(notation: text) }
    }

    @Test("an invalid name has a reason")
    func wrongName() {
        #expect(throws: InvalidNameNotation.name(.tooLong(bytes: 16))) {
            try QualifiedName(notation: "ABCDEFGHIJKLMNOP")
        }
        #expect(throws: InvalidNameNotation.name(.reserved)) { try QualifiedName(notation: "*other") }
        #expect(throws: InvalidNameNotation.name(.character(0x2F, offset: 1))) { try QualifiedName(notation: "A/B") }
    }

    @Test("the scope is taken as it is given")
    func scope() throws {
        #expect("\(try QualifiedName(notation: "A", scope: try Scope("example.com")))" == "A<20>.example.com")
    }
}

@Suite("Names compare without case")
struct NameEqualityTests {
    @Test("every byte equals itself and its other case, and nothing else")
    func everyByte() {
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
