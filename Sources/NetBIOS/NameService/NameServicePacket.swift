/// A datagram of the name service (RFC 1002 §4.2).
public enum NameServicePacket: Hashable, Sendable {
    case request(NameServiceRequest)
    case response(NameServiceResponse)

    /// The length of a datagram that every implementation must accept, in bytes (RFC 1002 §6), and the maximum that the
    /// router sends.
    public static let maximumLength = 576
}

// MARK: - Wire format

extension NameServicePacket {
    /// Encodes the datagram.
    public func encoded() -> [UInt8] {
        switch self {
        case .request(let request): request.encoded()
        case .response(let response): response.encoded()
        }
    }

    /// Whether the R bit of a datagram is set (RFC 1002 §4.2.1.1); nothing else is checked.
    public static func isResponse(_ bytes: [UInt8]) -> Bool {
        bytes.count > 2 && bytes[2] & 0x80 != 0
    }

    /// Decodes a datagram of any length, in time proportional to its bytes.
    ///
    /// - Throws: ``WireError`` for anything but one complete packet of a known kind without trailing bytes.
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
