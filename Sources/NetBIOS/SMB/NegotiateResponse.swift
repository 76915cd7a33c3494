/// A server's answer to a ``NegotiateRequest``: the dialect that it chose, and whether it wants messages signed.
///
/// Sources: [MS-CIFS] §2.2.4.52.2, [MS-SMB2] §2.2.4.
public struct NegotiateResponse: Hashable, Sendable {
    /// `nil` when the server speaks none of those that were offered.
    public let dialect: SMBDialect?
    /// `nil` when the server does not say: dialects before NT LM 0.12, and answers without a dialect.
    public let signing: Signing?

    /// Whether messages carry signatures.
    public enum Signing: String, Hashable, Sendable {
        /// The server cannot sign.
        case off
        /// The server signs where the client wants it.
        case offered
        /// The server refuses clients that do not sign.
        case required
    }

    /// Reads a message without its session packet header, which may be cut at its end; `nil` when it is no negotiate response.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - offered: What the client offered, to which an answer of SMB 1 refers by number.
    public init?(decoding message: [UInt8], offered: [SMBDialect]) {
        switch SMBMessage.Family(of: message) {
        case .smb1:
            let words = SMBMessage.smb1HeaderLength
            guard message.count >= words + 3, message[4] == SMBMessage.smb1Negotiate else { return nil }
            let index = Int(message.littleEndian(at: words + 1))
            guard message[words] > 0, offered.indices.contains(index) else {
                (self.dialect, self.signing) = (nil, nil)
                return
            }
            self.dialect = offered[index]
            // Of the dialects, NT LM 0.12 alone answers with 17 words, of which the security mode is a byte.
            let hasByteMode = message[words] == 17 && message.count > words + 3
            self.signing = hasByteMode ? Signing(message[words + 3], offered: 0x04, required: 0x08) : nil
        case .smb2:
            let body = SMBMessage.smb2HeaderLength
            guard message.count >= body + 6, message.littleEndian(at: 12) == SMBMessage.smb2Negotiate else {
                return nil
            }
            // A status other than 0 is an error response, which names no dialect.
            guard message[8..<12].allSatisfy({ $0 == 0 }) else {
                (self.dialect, self.signing) = (nil, nil)
                return
            }
            self.dialect = .smb2(SMBDialect.Revision(rawValue: message.littleEndian(at: body + 4)))
            self.signing = Signing(message[body + 2], offered: 0x01, required: 0x02)
        case nil:
            return nil
        }
    }
}

extension NegotiateResponse.Signing {
    fileprivate init(_ mode: UInt8, offered: UInt8, required: UInt8) {
        self = mode & required != 0 ? .required : mode & offered != 0 ? .offered : .off
    }
}
