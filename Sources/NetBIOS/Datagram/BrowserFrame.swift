/// A browser frame, as far as a host that is not a browser uses it ([MS-BRWS] §2.2).
public enum BrowserFrame: Hashable, Sendable {
    /// A host announces itself, or its shutdown ([MS-BRWS] §2.2.1).
    case hostAnnouncement(HostAnnouncement)
    /// Requests announcements from all hosts with the destination name ([MS-BRWS] §2.2.2).
    case announcementRequest
    /// Another frame, such as an election; its operation code.
    case other(UInt8)

    /// Decodes the data of a mailslot message.
    ///
    /// - Throws: ``WireError`` if it is truncated.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        switch try reader.readByte("opcode") {
        case HostAnnouncement.opcode: self = .hostAnnouncement(try HostAnnouncement(from: &reader))
        case 0x02: self = .announcementRequest
        case let opcode: self = .other(opcode)
        }
    }
}

/// A host's announcement to the browsers of its workgroup ([MS-BRWS] §2.2.1).
public struct HostAnnouncement: Hashable, Sendable {
    /// The host's name, at most 15 bytes.
    public var name: [UInt8]
    /// The interval between announcements, in milliseconds.
    public var periodicity: UInt32
    /// The services of the host; empty on shutdown.
    public var serverType: ServerType
    /// The description shown beside the name; at most ``maximumCommentLength`` bytes are sent.
    public var comment: [UInt8]

    /// The services of a host (SV_TYPE_*), as far as the router announces them.
    public struct ServerType: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// SV_TYPE_WORKSTATION.
        public static let workstation = ServerType(rawValue: 0x0000_0001)
        /// SV_TYPE_SERVER: shares files.
        public static let server = ServerType(rawValue: 0x0000_0002)
        /// SV_TYPE_NT: speaks the protocols of Windows NT.
        public static let windowsNT = ServerType(rawValue: 0x0000_1000)
        /// SV_TYPE_SERVER_NT: is a Windows NT server, and not a domain controller.
        public static let windowsNTServer = ServerType(rawValue: 0x0000_8000)

        /// A file server for old clients.
        public static let fileServer: ServerType = [.workstation, .server, .windowsNT, .windowsNTServer]
    }

    public init(name: [UInt8], periodicity: UInt32, serverType: ServerType, comment: [UInt8] = []) {
        self.name = name
        self.periodicity = periodicity
        self.serverType = serverType
        self.comment = comment
    }

    /// The maximum length of a comment, in bytes, without its terminating zero ([MS-BRWS] §2.2.1).
    public static let maximumCommentLength = 42
}

// MARK: - Wire format ([MS-BRWS] §2.2.1)

extension HostAnnouncement {
    /// The operation code.
    static let opcode: UInt8 = 0x01

    /// The length of the name with its terminating zero, in bytes.
    private static let nameLength = 16

    /// The version of the operating system, which browsers display: that of Windows 7, as in Samba.
    private static let systemVersion: [UInt8] = [6, 1]

    /// The version of the browser protocol, 15.1, and the signature 0xAA55.
    private static let versionAndSignature: [UInt8] = [0x0F, 0x01, 0x55, 0xAA]

    /// Encodes the frame, including the operation code.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.opcode)
        writer.write(UInt8(0))
        writer.writeLittleEndian(self.periodicity)
        let name = self.name.prefix(Self.nameLength - 1)
        writer.write(name)
        writer.write(repeatElement(0, count: Self.nameLength - name.count))
        writer.write(Self.systemVersion)
        writer.writeLittleEndian(self.serverType.rawValue)
        writer.write(Self.versionAndSignature)
        writer.write(self.comment.prefix(Self.maximumCommentLength))
        writer.write(UInt8(0))
        return writer.bytes
    }

    /// Decodes the fields after the operation code. Versions and signature are ignored; the comment ends with a zero or
    /// with the packet.
    init(from reader: inout ByteReader) throws(WireError) {
        _ = try reader.readByte("UpdateCount")
        self.periodicity = try reader.readLittleEndianUInt32("Periodicity")
        self.name = Array(
            try reader.readBytes(Self.nameLength, "ServerName").prefix(Self.nameLength - 1).prefix { $0 != 0 }
        )
        _ = try reader.readBytes(Self.systemVersion.count, "OSVersion")
        self.serverType = ServerType(rawValue: try reader.readLittleEndianUInt32("ServerType"))
        _ = try reader.readBytes(Self.versionAndSignature.count, "BrowserVersion")
        self.comment = Array(try reader.readBytes(reader.remaining, "Comment").prefix { $0 != 0 })
    }
}
