/// A datagram from one name to another (RFC 1002 §4.4.2). Fragments are not supported.
public struct NetBIOSDatagram: Hashable, Sendable {
    /// The kind of destination.
    public var kind: Kind
    /// DGM_ID: distinguishes the datagrams of a host.
    public var identifier: UInt16
    /// SNT: the sender's node type.
    public var nodeType: NodeType
    /// SOURCE_IP and SOURCE_PORT, as the sender states them.
    public var source: NameServiceEndpoint
    public var sourceName: QualifiedName
    public var destinationName: QualifiedName
    public var userData: [UInt8]

    /// The kinds of datagrams with data (MSG_TYPE); the others are errors and those of datagram servers.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// To one host.
        case directUnique = 0x10
        /// To a group, and in practice to any name by broadcast.
        case directGroup = 0x11
        /// To everybody.
        case broadcast = 0x12
    }

    public init(
        kind: Kind,
        identifier: UInt16,
        nodeType: NodeType,
        source: NameServiceEndpoint,
        sourceName: QualifiedName,
        destinationName: QualifiedName,
        userData: [UInt8]
    ) {
        self.kind = kind
        self.identifier = identifier
        self.nodeType = nodeType
        self.source = source
        self.sourceName = sourceName
        self.destinationName = destinationName
        self.userData = userData
    }

    /// DGM_SRVC_UDP_PORT (RFC 1002 §6).
    public static let standardPort: UInt16 = 138
}

// MARK: - Wire format (RFC 1002 §4.4.1, §4.4.2)

extension NetBIOSDatagram {
    /// The length of the header before the names, in bytes, which DGM_LENGTH excludes.
    private static let headerLength = 14

    /// The F flag of a first fragment, and the M flag of one with more to follow.
    private static let first: UInt8 = 0x02, more: UInt8 = 0x01

    /// Encodes the UDP datagram; `userData` is limited to some 60,000 bytes.
    public func encoded() -> [UInt8] {
        var body = ByteWriter()
        self.sourceName.encode(into: &body)
        self.destinationName.encode(into: &body)
        body.write(self.userData)
        var writer = ByteWriter()
        writer.write(self.kind.rawValue)
        writer.write(Self.first | UInt8(self.nodeType.rawValue >> 13) << 2)
        writer.write(self.identifier)
        writer.write(self.source.address.rawValue)
        writer.write(self.source.port)
        writer.write(UInt16(truncatingIfNeeded: body.bytes.count))
        writer.write(UInt16(0))
        writer.write(body.bytes)
        return writer.bytes
    }

    /// Decodes a UDP datagram. Bytes beyond DGM_LENGTH are ignored, since some senders pad.
    ///
    /// - Throws: ``WireError`` for anything but a complete datagram with data.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        let type = try reader.readByte("MSG_TYPE")
        guard let kind = Kind(rawValue: type) else {
            throw WireError(.invalid(Int(type), expected: "0x10 to 0x12"), field: "MSG_TYPE", offset: 0)
        }
        let flags = try reader.readByte("FLAGS")
        guard flags & (Self.first | Self.more) == Self.first else {
            throw WireError(.invalid(Int(flags), expected: "a datagram in one piece"), field: "FLAGS", offset: 1)
        }
        self.kind = kind
        self.nodeType = NodeType(nameFlags: UInt16(flags & 0x0C) << 11)
        self.identifier = try reader.readUInt16("DGM_ID")
        let address = IPv4Address(rawValue: try reader.readUInt32("SOURCE_IP"))
        self.source = NameServiceEndpoint(address, port: try reader.readUInt16("SOURCE_PORT"))
        let length = Int(try reader.readUInt16("DGM_LENGTH"))
        let offset = try reader.readUInt16("PACKET_OFFSET")
        guard offset == 0 else {
            throw WireError(.invalid(Int(offset), expected: "0"), field: "PACKET_OFFSET", offset: 12)
        }
        guard length <= reader.remaining else {
            throw WireError(
                .truncated(needed: length, remaining: reader.remaining),
                field: "DGM_LENGTH",
                offset: Self.headerLength
            )
        }
        let end = reader.offset + length
        self.sourceName = try QualifiedName(from: &reader, field: "SOURCE_NAME")
        self.destinationName = try QualifiedName(from: &reader, field: "DESTINATION_NAME")
        guard reader.offset <= end else {
            throw WireError(
                .invalid(length, expected: "room for both names"),
                field: "DGM_LENGTH",
                offset: Self.headerLength - 4
            )
        }
        self.userData = Array(try reader.readBytes(end - reader.offset, "USER_DATA"))
    }
}
