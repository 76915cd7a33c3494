@testable import NetBIOS

/// A random number generator that gives the same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

extension NetBIOSName {
    /// A name from sixteen bytes as they are on the wire before they are encoded; shorter text is padded with spaces.
    static func raw(_ text: String, _ suffix: UInt8) -> NetBIOSName {
        var bytes = SIMD16<UInt8>(repeating: UInt8(ascii: " "))
        for (index, byte) in text.utf8.prefix(15).enumerated() { bytes[index] = byte }
        bytes[15] = suffix
        return NetBIOSName(bytes: bytes)
    }
}

extension QualifiedName {
    /// `FILESRV<20>` in no scope.
    static let fileServer = QualifiedName(.raw("FILESRV", 0x20))
    /// `FILESRV<20>` in the scope `example.com`.
    static let scopedFileServer = QualifiedName(
        .raw("FILESRV", 0x20),
        scope: Scope(labels: [Array("example".utf8), Array("com".utf8)])
    )
    /// `WORKGROUP<00>` in no scope.
    static let workgroup = QualifiedName(.raw("WORKGROUP", 0x00))
    /// `OTHER<20>` in no scope.
    static let other = QualifiedName(.raw("OTHER", 0x20))
    /// `*` in no scope.
    static let wildcard = QualifiedName(.wildcard)

    /// `NAME-n<20>` in no scope.
    static func numbered(_ number: Int) -> QualifiedName {
        QualifiedName(.raw("NAME-\(number)", 0x20))
    }
}

extension IPv4Address {
    /// The address of the node under test.
    static let node = IPv4Address(192, 0, 2, 1)
    /// A client of the same network.
    static let client = IPv4Address(192, 0, 2, 77)
    /// A host of the same network that wants the same names.
    static let rival = IPv4Address(192, 0, 2, 66)
    /// A host of another network.
    static let stranger = IPv4Address(198, 51, 100, 9)
    /// The broadcast address of the node under test.
    static let broadcast = IPv4Address(192, 0, 2, 255)
}
