/// A node's list of its names (RFC 1002 §4.2.18).
public struct NodeStatus: Hashable, Sendable {
    /// The names; in the router's own responses the queried name comes first. At most ``maximumNames`` are sent.
    public var names: [Name]
    /// The TC bit: the node has more names than it lists.
    public var isTruncated: Bool
    /// UNIT_ID: usually the hardware address of the node.
    public var unitID: UnitID

    /// A name of the list.
    public struct Name: Hashable, Sendable {
        /// The name, in the scope of the query.
        public var name: NetBIOSName
        /// G: a group name.
        public var isGroup: Bool
        /// ONT: the owner's node type.
        public var nodeType: NodeType
        /// DRG, CNF, ACT and PRM.
        public var flags: Flags

        /// Makes a name, by default active, as RFC 1002 §4.2.18 requires of all.
        public init(
            _ name: NetBIOSName,
            isGroup: Bool = false,
            nodeType: NodeType = .broadcast,
            flags: Flags = .active
        ) {
            self.name = name
            self.isGroup = isGroup
            self.nodeType = nodeType
            self.flags = flags
        }
    }

    /// NAME_FLAGS other than group and node type, at their bits.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The bits in place; only the four below.
        public let rawValue: UInt16

        /// Keeps the known flags of `rawValue`.
        public init(rawValue: UInt16) {
            self.rawValue = rawValue & 0x1E00
        }

        /// DRG: being released.
        public static let deregistering = Flags(rawValue: 0x1000)
        /// CNF: in conflict with another node.
        public static let conflict = Flags(rawValue: 0x0800)
        /// ACT: set for all names.
        public static let active = Flags(rawValue: 0x0400)
        /// PRM: the node's permanent name.
        public static let permanent = Flags(rawValue: 0x0200)
    }

    public init(names: [Name], isTruncated: Bool = false, unitID: UnitID = .zero) {
        self.names = names
        self.isTruncated = isTruncated
        self.unitID = unitID
    }

    /// The maximum number of names sent: 553 bytes without a scope, and real clients refuse lists longer than 30.
    ///
    /// In a scope the packet may exceed 576 bytes; it is then truncated.
    public static let maximumNames = 25
}

/// A unit id: the six bytes of a hardware address.
public struct UnitID: Hashable, Sendable {
    /// The bytes in network order, in the lower 48 bits.
    public let rawValue: UInt64

    /// Keeps the lower 48 bits of `rawValue`, the first byte highest.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    /// Makes an id of six bytes; `nil` for another count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        self.rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The id of a node without a hardware address.
    public static let zero = UnitID(rawValue: 0)

    /// The six bytes in network order.
    public var bytes: [UInt8] {
        stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self.rawValue >> UInt64($0)) }
    }
}

extension UnitID: CustomStringConvertible {
    /// `02:00:5e:10:00:01`.
    public var description: String {
        self.bytes
            .map { $0 < 0x10 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
            .joined(separator: ":")
    }
}

// MARK: - Wire format (RFC 1002 §4.2.18)

extension NodeStatus {
    /// Encodes RDATA in at most `room` bytes. Returns whether names were left out.
    func encode(into writer: inout ByteWriter, room: Int) -> Bool {
        let limit = max(0, (room - 1 - Self.statisticsLength) / Name.encodedLength)
        let names = self.names.prefix(min(Self.maximumNames, limit))
        writer.write(UInt8(names.count))
        for name in names { name.encode(into: &writer) }
        writer.write(self.unitID.bytes)
        writer.write(repeatElement(0, count: Self.statisticsLength - 6))
        return names.count < self.names.count
    }

    /// Decodes RDATA of `length` bytes, which must be 47 and 18 more for each name. The counters are discarded.
    init(from reader: inout ByteReader, length: Int, isTruncated: Bool) throws(WireError) {
        let start = reader.offset
        let count = Int(try reader.readByte("NUM_NAMES"))
        guard length == 1 + count * Name.encodedLength + Self.statisticsLength else {
            throw WireError(
                .invalid(count, expected: "as many names as RDLENGTH \(length) has room for"),
                field: "NUM_NAMES",
                offset: start
            )
        }
        self.names = []
        for _ in 0..<count { self.names.append(try Name(from: &reader)) }
        self.isTruncated = isTruncated
        var unitID: UInt64 = 0
        for byte in try reader.readBytes(6, "UNIT_ID") { unitID = unitID << 8 | UInt64(byte) }
        self.unitID = UnitID(rawValue: unitID)
        _ = try reader.readBytes(Self.statisticsLength - 6, "STATISTICS")
    }

    /// The length of UNIT_ID and the counters, in bytes.
    private static let statisticsLength = 46
}

extension NodeStatus.Name {
    /// The encoded length: fifteen bytes of name, the suffix, and two bytes of flags.
    static let encodedLength = 18

    /// Encodes the name.
    func encode(into writer: inout ByteWriter) {
        for index in 0..<16 { writer.write(self.name.bytes[index]) }
        let group = self.isGroup ? AddressEntry.groupFlag : 0
        writer.write(group | self.nodeType.rawValue | self.flags.rawValue)
    }

    /// Decodes the name; reserved flags are ignored.
    init(from reader: inout ByteReader) throws(WireError) {
        var bytes = SIMD16<UInt8>()
        for index in 0..<16 { bytes[index] = try reader.readByte("NODE_NAME") }
        self.name = NetBIOSName(bytes: bytes)
        let flags = try reader.readUInt16("NAME_FLAGS")
        self.isGroup = flags & AddressEntry.groupFlag != 0
        self.nodeType = NodeType(nameFlags: flags)
        self.flags = NodeStatus.Flags(rawValue: flags)
    }
}
