/// One address of a name, and what kind of name and owner it is: the ADDR_ENTRY of RFC 1002 §4.2.13.
public struct AddressEntry: Hashable, Sendable {
    /// Whether the name is a group's (the G bit of NB_FLAGS).
    public var isGroup: Bool
    /// How the owner registers names (the ONT field of NB_FLAGS).
    public var nodeType: NodeType
    /// NB_ADDRESS.
    public var address: IPv4Address

    /// An entry from its three parts.
    public init(_ address: IPv4Address, isGroup: Bool = false, nodeType: NodeType = .broadcast) {
        self.isGroup = isGroup
        self.nodeType = nodeType
        self.address = address
    }
}

// MARK: - Wire format (RFC 1002 §4.2.2, §4.2.13)

extension AddressEntry {
    /// Two bytes of flags and four of address.
    static let encodedLength = 6

    /// Writes the six bytes; the reserved flags are zero.
    func encode(into writer: inout ByteWriter) {
        writer.write((self.isGroup ? Self.groupFlag : 0) | self.nodeType.rawValue)
        writer.write(self.address.rawValue)
    }

    /// The six bytes by themselves.
    var encoded: [UInt8] {
        var writer = ByteWriter()
        self.encode(into: &writer)
        return writer.bytes
    }

    /// Reads the six bytes; the reserved flags are ignored.
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
    /// The ONT field of NB_FLAGS or NAME_FLAGS; its two bits leave no other value.
    init(nameFlags: UInt16) {
        switch nameFlags & 0x6000 {
        case 0x2000: self = .point
        case 0x4000: self = .mixed
        case 0x6000: self = .hybrid
        default: self = .broadcast
        }
    }
}
