/// A client's negotiate request, with the dialects that it speaks.
///
/// Decoded from sessions to learn the client's dialects, and sent to backends to learn theirs. Sources: [MS-CIFS]
/// §2.2.4.52.1, [MS-SMB2] §2.2.3.
public struct NegotiateRequest: Hashable, Sendable {
    /// In the client's order; either all of SMB 1 or all of SMB 2.
    public let dialects: [SMBDialect]

    private let family: SMBMessage.Family

    /// The dialects of SMB 1 clients from DOS to Windows XP, oldest first. Servers choose the last one that they
    /// support.
    public static let smb1 = NegotiateRequest(
        dialects: [
            "PC NETWORK PROGRAM 1.0", "LANMAN1.0", "Windows for Workgroups 3.1a", "LM1.2X002", "LANMAN2.1",
            "NT LM 0.12",
        ].map(SMBDialect.smb1),
        family: .smb1
    )

    /// All dialects: every SMB server responds to this request, whatever it supports ([MS-SMB2] §3.3.5.3).
    public static let anything = NegotiateRequest(
        dialects: Self.smb1.dialects + ["SMB 2.002", "SMB 2.???"].map(SMBDialect.smb1),
        family: .smb1
    )

    /// All revisions of SMB 2 and 3, and nothing older.
    public static let smb2 = NegotiateRequest(
        dialects: [0x0202, 0x0210, 0x0300, 0x0302, 0x0311].map { .smb2(SMBDialect.Revision(rawValue: $0)) },
        family: .smb2
    )
}

// MARK: - Wire format

extension NegotiateRequest {
    /// Encodes the message in a session packet.
    ///
    /// - Parameter generator: The source of the client's GUID and of the salt of SMB 3.1.1.
    /// - Returns: Less than 300 bytes.
    public func encoded(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        switch self.family {
        case .smb1: SessionPacket.message(self.encodedAsSMB1()).encoded()
        case .smb2: SessionPacket.message(self.encodedAsSMB2(using: &generator)).encoded()
        }
    }

    /// Decodes a possibly truncated message; `nil` if it is not a negotiate request or has no dialects.
    init?(decoding message: [UInt8]) {
        switch SMBMessage.Family(of: message) {
        case .smb1:
            let body = SMBMessage.smb1HeaderLength
            guard message.count > body + 3, message[4] == SMBMessage.smb1Negotiate else { return nil }
            // No words, a byte count, then for each dialect 02, text, 00.
            self.dialects = message[(body + 3)...].split(separator: 0).compactMap { entry in
                entry.first == Self.dialectMark ? .smb1(entry.dropFirst().escapedText) : nil
            }
            self.family = .smb1
        case .smb2:
            let body = SMBMessage.smb2HeaderLength, first = body + Self.smb2StructureLength
            guard message.count >= first, message.littleEndian(at: 12) == SMBMessage.smb2Negotiate else { return nil }
            let count = Int(message.littleEndian(at: body + 2))
            self.dialects = (0..<count).lazy.map { first + 2 * $0 }.prefix { $0 + 2 <= message.count }
                .map { .smb2(SMBDialect.Revision(rawValue: message.littleEndian(at: $0))) }
            self.family = .smb2
        case nil:
            return nil
        }
        if self.dialects.isEmpty { return nil }
    }

    /// The byte before each dialect string.
    private static let dialectMark: UInt8 = 0x02

    /// The length of the SMB 2 body before the dialects, in bytes.
    private static let smb2StructureLength = 36

    private func encodedAsSMB1() -> [UInt8] {
        let texts: [UInt8] = self.dialects.flatMap { [Self.dialectMark] + Array("\($0)".utf8) + [0] }
        var header = SMBMessage.smb1Mark + [SMBMessage.smb1Negotiate] + [UInt8](repeating: 0, count: 27)
        // Flags: case-insensitive and canonical paths. Flags 2: long names and NT status codes, without extended
        // security.
        header[9] = 0x18
        header[10] = 0x01
        header[11] = 0x40
        return header + [0] + UInt16(texts.count).littleEndianBytes + texts
    }

    private func encodedAsSMB2(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in generator.next() } }
        var header = SMBMessage.smb2Mark + [UInt8](repeating: 0, count: SMBMessage.smb2HeaderLength - 4)
        header[4] = UInt8(SMBMessage.smb2HeaderLength)
        // Requests one credit.
        header[14] = 1
        let revisions = self.dialects.flatMap { dialect -> [UInt8] in
            switch dialect {
            case .smb1: []
            case .smb2(let revision): revision.rawValue.littleEndianBytes
            }
        }
        // The contexts begin at a multiple of eight bytes from the start of the header.
        let end = SMBMessage.smb2HeaderLength + Self.smb2StructureLength + revisions.count
        let padding = [UInt8](repeating: 0, count: (8 - end % 8) % 8)
        var body = UInt16(Self.smb2StructureLength).littleEndianBytes + UInt16(self.dialects.count).littleEndianBytes
        // Signing enabled but not required; no capabilities.
        body += [1, 0, 0, 0] + [0, 0, 0, 0]
        body += random(16)
        body += UInt16(end + padding.count).littleEndianBytes + [0, 0] + [1, 0, 0, 0]
        body += revisions + padding
        // SMB2_PREAUTH_INTEGRITY_CAPABILITIES (§2.2.3.1.1): one hash, SHA-512, and a salt of 32 bytes.
        body += [1, 0, 38, 0, 0, 0, 0, 0] + [1, 0, 32, 0, 1, 0] + random(32)
        return header + body
    }
}
