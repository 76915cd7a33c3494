/// One packet of the session service (RFC 1002 §4.3).
///
/// Only the packets that open a session are values. The packets after the positive response are parsed in place by
/// ``FrameWalker``: a message may have 16 MiB.
public enum SessionPacket: Hashable, Sendable {
    /// User data (RFC 1002 §4.3.6).
    case message([UInt8])
    /// A session request (RFC 1002 §4.3.2).
    case request(SessionRequest)
    /// Accepts the call (RFC 1002 §4.3.3).
    case positiveResponse
    /// Refuses the call (RFC 1002 §4.3.4).
    case negativeResponse(SessionRefusal)
    /// Redirects the call (RFC 1002 §4.3.5). No current client follows it.
    case retargetResponse(address: IPv4Address, port: UInt16)
    /// Keeps the connection alive (RFC 1002 §4.3.7).
    case keepAlive
}

/// The first byte of a session packet (RFC 1002 §4.3.1).
public enum SessionPacketType: UInt8, Hashable, Sendable, CaseIterable {
    case message = 0x00
    case request = 0x81
    case positiveResponse = 0x82
    case negativeResponse = 0x83
    case retargetResponse = 0x84
    case keepAlive = 0x85
}

/// The four-byte header of a session packet: its type and its length.
///
/// ```text
/// +------+--------------------------+
/// | type | length, big-endian       |
/// |  1   |   3                      |  bytes
/// +------+--------------------------+
/// ```
/// RFC 1002 §4.3.1 has a flags byte of which only the lowest bit is used, bit 16 of the length. Direct SMB ([MS-SMB2]
/// §2.1) has 24 bits there, and Samba and Linux use 24 bits on port 139 as well, as this type does.
public struct SessionPacketHeader: Hashable, Sendable {
    public var type: SessionPacketType
    /// The length of the payload in bytes, at most ``maximumPayloadLength``.
    public var payloadLength: Int

    /// The length of the header, in bytes.
    public static let length = 4

    /// The maximum of 24 bits.
    public static let maximumPayloadLength = 0xFF_FFFF

    public init(type: SessionPacketType, payloadLength: Int) {
        self.type = type
        self.payloadLength = payloadLength
    }
}

// MARK: - Wire format

extension SessionPacketHeader {
    func encode(into writer: inout ByteWriter) {
        writer.write(self.type.rawValue)
        writer.write(UInt8(truncatingIfNeeded: self.payloadLength >> 16))
        writer.write(UInt16(truncatingIfNeeded: self.payloadLength))
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let byte = try reader.readByte("type")
        guard let type = SessionPacketType(rawValue: byte) else {
            throw WireError(
                .invalid(Int(byte), expected: "a session packet type"),
                field: "type",
                offset: reader.offset - 1
            )
        }
        self.type = type
        let high = try reader.readByte("length")
        self.payloadLength = Int(high) << 16 | Int(try reader.readUInt16("length"))
    }
}

extension SessionPacket {
    /// Encodes the packet, header first.
    public func encoded() -> [UInt8] {
        var payload = ByteWriter()
        switch self {
        case .message(let bytes): payload.write(bytes)
        case .request(let request): request.encode(into: &payload)
        case .negativeResponse(let refusal): payload.write(refusal.rawValue)
        case .retargetResponse(let address, let port):
            payload.write(address.rawValue)
            payload.write(port)
        case .positiveResponse, .keepAlive: break
        }
        var packet = ByteWriter()
        SessionPacketHeader(type: self.type, payloadLength: payload.bytes.count).encode(into: &packet)
        packet.write(payload.bytes)
        return packet.bytes
    }

    /// Decodes one packet that occupies all of `bytes`.
    ///
    /// - Throws: ``WireError`` with the invalid field.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        let header = try SessionPacketHeader(from: &reader)
        guard header.payloadLength == reader.remaining else {
            throw WireError(
                .invalid(header.payloadLength, expected: "\(reader.remaining), the bytes that follow"),
                field: "length",
                offset: 1
            )
        }
        switch header.type {
        case .message:
            self = .message(Array(try reader.readBytes(reader.remaining, "message")))
        case .request:
            self = .request(try SessionRequest(from: &reader))
        case .positiveResponse:
            self = .positiveResponse
        case .negativeResponse:
            let code = try reader.readByte("error code")
            guard let refusal = SessionRefusal(rawValue: code) else {
                throw WireError(
                    .invalid(Int(code), expected: "an error code of RFC 1002 §4.3.4"),
                    field: "error code",
                    offset: reader.offset - 1
                )
            }
            self = .negativeResponse(refusal)
        case .retargetResponse:
            let address = IPv4Address(rawValue: try reader.readUInt32("address"))
            self = .retargetResponse(address: address, port: try reader.readUInt16("port"))
        case .keepAlive:
            self = .keepAlive
        }
        if header.type != .request { try reader.expectEnd(after: "\(header.type)") }
    }

    private var type: SessionPacketType {
        switch self {
        case .message: .message
        case .request: .request
        case .positiveResponse: .positiveResponse
        case .negativeResponse: .negativeResponse
        case .retargetResponse: .retargetResponse
        case .keepAlive: .keepAlive
        }
    }
}
