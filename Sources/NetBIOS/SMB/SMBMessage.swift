/// Common parts of SMB messages, as far as a negotiation uses them ([MS-CIFS] §2.2.3.1, [MS-SMB2] §2.2.1.2).
enum SMBMessage {
    static let smb1Mark = [0xFF] + Array("SMB".utf8)
    static let smb2Mark = [0xFE] + Array("SMB".utf8)
    static let smb1HeaderLength = 32
    static let smb2HeaderLength = 64
    /// SMB_COM_NEGOTIATE, byte 4 of an SMB 1 header.
    static let smb1Negotiate: UInt8 = 0x72
    /// SMB2 NEGOTIATE, bytes 12 and 13 of an SMB 2 header.
    static let smb2Negotiate: UInt16 = 0

    /// The protocol family, determined by the first four bytes.
    enum Family: Hashable, Sendable {
        case smb1, smb2

        init?(of message: [UInt8]) {
            if message.starts(with: smb1Mark) {
                self = .smb1
            } else if message.starts(with: smb2Mark) {
                self = .smb2
            } else {
                return nil
            }
        }
    }
}

extension [UInt8] {
    /// Returns the little-endian 16-bit number at an offset; `offset + 1` must be a valid index.
    func littleEndian(at offset: Int) -> UInt16 {
        UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }
}

extension UInt16 {
    /// The little-endian bytes.
    var littleEndianBytes: [UInt8] { [UInt8(self & 0xFF), UInt8(self >> 8)] }
}
