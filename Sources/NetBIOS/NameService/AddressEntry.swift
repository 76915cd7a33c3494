/// An address of a name with the kind of name and owner: the ADDR_ENTRY of RFC 1002 §4.2.13.
public struct AddressEntry: Hashable, Sendable {
    /// Whether it is a group name (the G bit of NB_FLAGS).
    public var isGroup: Bool
    /// The owner's node type (the ONT field of NB_FLAGS).
    public var nodeType: NodeType
    /// NB_ADDRESS.
    public var address: IPv4Address

    public init(_ address: IPv4Address, isGroup: Bool = false, nodeType: NodeType = .broadcast) {
        self.isGroup = isGroup
        self.nodeType = nodeType
        self.address = address
    }
}

// MARK: - Wire format (RFC 1002 §4.2.2, §4.2.13)

extension AddressEntry {
    /// The encoded length: two bytes of flags and four of address.
    static let encodedLength = 6

    /// Encodes the entry; reserved flags are zero.
    func encode(into writer: inout ByteWriter) {
        writer.write((self.isGroup ? Self.groupFlag : 0) | self.nodeType.rawValue)
        writer.write(self.address.rawValue)
    }

    /// The encoded entry.
    var encoded: [UInt8] {
        var writer = ByteWriter()
        self.encode(into: &writer)
        return writer.bytes
    }

    /// Decodes the entry; reserved flags are ignored.
    init(from reader: inout ByteReader) throws(WireError) {
        let flags = try reader.readUInt16("NB_FLAGS")
        self.isGroup = flags & Self.groupFlag != 0
        self.nodeType = NodeType(nameFlags: flags)
        self.address = IPv4Address(rawValue: try reader.readUInt32("NB_ADDRESS"))
    }

    /// The G bit.
    static let groupFlag: UInt16 = 0x8000
}

extension NodeType {
    /// Decodes the ONT field of NB_FLAGS or NAME_FLAGS; its two bits have no other value.
    init(nameFlags: UInt16) {
        switch nameFlags & 0x6000 {
        case 0x2000: self = .point
        case 0x4000: self = .mixed
        case 0x6000: self = .hybrid
        default: self = .broadcast
        }
    }
}
