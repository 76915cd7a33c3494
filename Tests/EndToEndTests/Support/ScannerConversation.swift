/// The conversation of an office scanner of about 2010 with Windows XP, byte by byte: reconstructed from features that
/// such conversations share, with invented names and values.
///
/// Realistic oddities: the scanner offers all eight dialects since 1985, uses buffers of 4,356 bytes, mixes OEM and
/// Unicode texts, and its frames may be longer than the SMB messages in them: eleven undeclared bytes follow the
/// session setup. A relay must go by the frames' lengths alone.
enum ScannerConversation {
    static let called = "VMWINXP"
    static let calling = "PRINTER"

    /// One message, as it stands on the wire.
    struct Message: Sendable {
        let name: String
        let isFromScanner: Bool
        /// With its session packet header.
        let bytes: [UInt8]

        init(_ name: String, fromScanner: Bool, _ smb: [UInt8]) {
            self.name = name
            self.isFromScanner = fromScanner
            self.bytes = Wire.message(smb)
        }
    }

    /// In their order. Sources: [MS-CIFS] §2.2.4.52, §2.2.4.53, §2.2.4.55, §2.2.4.51.
    static let messages = [
        Message("negotiate", fromScanner: true, negotiate),
        Message("negotiate response", fromScanner: false, negotiateResponse),
        Message("session setup, and eleven stray bytes", fromScanner: true, sessionSetup + strayBytes),
        Message("session setup response", fromScanner: false, sessionSetupResponse),
        Message("tree connect", fromScanner: true, treeConnect),
        Message("tree connect response", fromScanner: false, treeConnectResponse),
        Message("tree disconnect", fromScanner: true, treeDisconnect),
        Message("tree disconnect response", fromScanner: false, treeDisconnectResponse),
    ]

    static let dialects = [
        "PC NETWORK PROGRAM 1.0", "XENIX CORE", "MICROSOFT NETWORKS 1.03", "LANMAN1.0",
        "Windows for Workgroups 3.1a", "LM1.2X002", "LANMAN2.1", "NT LM 0.12",
    ]

    /// Bytes that only the frame's length covers.
    static let strayBytes: [UInt8] = [0xDE, 0xAD, 0, 0, 0x85, 0, 0, 0, 0x81, 0, 0x44]
}

extension ScannerConversation {
    // Each is a header, a count of words, the words, a count of bytes, the bytes.

    private static let negotiate = header(0x72, flags2: 0x0001) + [0] + bytes(dialects.flatMap { [0x02] + oem($0) })

    private static let negotiateResponse =
        header(0x72, response: true, flags2: 0x0001) + [17]
        + word(7)  // NT LM 0.12, counted from 0
        + [0x03]  // security: users, challenge and response
        + word(10) + word(1)  // requests at one time, virtual circuits
        + long(4356) + long(65_536)  // buffer, raw buffer
        + long(0) + long(0x0000_E3FD)  // session key, capabilities
        + [0x00, 0x40, 0x1E, 0x7A, 0x2F, 0x02, 0xCE, 0x01] + word(300)  // time, and minutes west of UTC
        + [8]  // bytes of the challenge
        + bytes([1, 2, 3, 4, 5, 6, 7, 8] + unicode("WORKSHOP") + unicode("VMWINXP"))

    private static let sessionSetup =
        header(0x73, flags2: 0x8001) + [13] + nothingBehind
        + word(4356) + word(10) + word(1) + long(0)  // buffer, requests, circuit, session key
        + word(24) + word(0) + long(0)  // bytes of the two passwords, reserved
        + long(0x0000_00D4)  // capabilities
        + bytes(
            [UInt8](repeating: 0xA5, count: 24) + [0] + unicode("") + unicode("") + unicode("SCANOS 1") + unicode("SCN")
        )

    private static let sessionSetupResponse =
        header(0x73, response: true, flags2: 0x8001, user: 2048) + [3] + nothingBehind
        + word(1)  // logged in as guest
        + bytes([0] + unicode("Windows 5.1") + unicode("Windows 2000 LAN Manager") + unicode("WORKSHOP"))

    private static let treeConnect =
        header(0x75, flags2: 0x8001, user: 2048) + [4] + nothingBehind
        + word(0) + word(1)  // flags, bytes of the password
        + bytes([0] + unicode("\\\\VMWINXP\\SCANS") + oem("?????"))

    private static let treeConnectResponse =
        header(0x75, response: true, flags2: 0x8001, tree: 2048, user: 2048) + [3] + nothingBehind
        + word(1)  // optional support: exclusive search bits
        + bytes(oem("A:") + unicode("FAT"))

    private static let treeDisconnect = header(0x71, flags2: 0x8001, tree: 2048, user: 2048) + [0] + bytes([])

    private static let treeDisconnectResponse =
        header(0x71, response: true, flags2: 0x8001, tree: 2048, user: 2048) + [0] + bytes([])

    /// The words of a final AndX message: no command, reserved, no offset.
    private static let nothingBehind: [UInt8] = [0xFF, 0, 0, 0]

    /// The 32 bytes before each message ([MS-CIFS] §2.2.3.1).
    private static func header(
        _ command: UInt8,
        response: Bool = false,
        flags2: Int,
        tree: Int = 0,
        user: Int = 0
    ) -> [UInt8] {
        [0xFF] + Array("SMB".utf8) + [command] + long(0) + [response ? 0x80 : 0x00] + word(flags2)
            + word(0) + [UInt8](repeating: 0, count: 8) + word(0)  // process (high), signature, reserved
            + word(tree) + word(1) + word(user) + word(0)  // tree, process, user, request
    }

    private static func bytes(_ bytes: [UInt8]) -> [UInt8] { self.word(bytes.count) + bytes }

    private static func word(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }

    private static func long(_ value: Int) -> [UInt8] { self.word(value & 0xFFFF) + self.word(value >> 16) }

    private static func oem(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    private static func unicode(_ text: String) -> [UInt8] { text.utf16.flatMap { self.word(Int($0)) } + [0, 0] }
}
