/// One datagram of the name service (RFC 1002 §4.2).
public enum NameServicePacket: Hashable, Sendable {
    /// A packet that asks for something.
    case request(NameServiceRequest)
    /// A packet that answers.
    case response(NameServiceResponse)

    /// The longest datagram that an implementation must take, in bytes (RFC 1002 §6). What we send is never longer.
    public static let maximumLength = 576
}

// MARK: - Wire format

extension NameServicePacket {
    /// The bytes of the datagram.
    public func encoded() -> [UInt8] {
        switch self {
        case .request(let request): request.encoded()
        case .response(let response): response.encoded()
        }
    }

    /// Whether a datagram says that it is a response (the R bit, RFC 1002 §4.2.1.1); nothing else of it is looked at.
    public static func isResponse(_ bytes: [UInt8]) -> Bool {
        bytes.count > 2 && bytes[2] & 0x80 != 0
    }

    /// Reads a whole datagram, of whatever length; the work grows with its bytes and not with what they claim.
    ///
    /// - Throws: ``WireError`` for anything but one complete packet of a known kind with nothing behind it.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        let header = try NameServiceHeader(from: &reader)
        if header.isResponse {
            self = .response(try NameServiceResponse(header, from: &reader))
        } else {
            self = .request(try NameServiceRequest(header, from: &reader))
        }
        try reader.expectEnd(after: "packet")
    }
}
