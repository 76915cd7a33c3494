/// A server's response to a ``NegotiateRequest``: the chosen dialect and the signing policy.
///
/// Sources: [MS-CIFS] §2.2.4.52.2, [MS-SMB2] §2.2.4.
public struct NegotiateResponse: Hashable, Sendable {
    /// `nil` if the server supports none of the offered dialects.
    public let dialect: SMBDialect?
    /// `nil` if the response does not state it: dialects before NT LM 0.12, and responses without a dialect.
    public let signing: Signing?

    /// The server's policy on message signatures.
    public enum Signing: String, Hashable, Sendable {
        /// The server cannot sign.
        case off
        /// The server signs if the client requests it.
        case offered
        /// The server rejects clients that do not sign.
        case required
    }

    /// Decodes a possibly truncated message without its session packet header; `nil` if it is not a negotiate response.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - offered: The client's dialects, to which an SMB 1 response refers by index.
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
            // Only the response to NT LM 0.12 has 17 words, with the security mode in one byte.
            let hasByteMode = message[words] == 17 && message.count > words + 3
            self.signing = hasByteMode ? Signing(message[words + 3], offered: 0x04, required: 0x08) : nil
        case .smb2:
            let body = SMBMessage.smb2HeaderLength
            guard message.count >= body + 6, message.littleEndian(at: 12) == SMBMessage.smb2Negotiate else {
                return nil
            }
            // A nonzero status is an error response, which has no dialect.
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
