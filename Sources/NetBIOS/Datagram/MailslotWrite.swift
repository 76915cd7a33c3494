/// A message to a mailslot: the SMB transaction that a datagram of the browser service carries ([MS-MAIL] §2.2.1).
public struct MailslotWrite: Hashable, Sendable {
    /// The mailslot's name without its terminating zero, as the sender wrote it.
    public var mailslot: [UInt8]
    /// The data of the message.
    public var data: [UInt8]

    public init(to mailslot: [UInt8], _ data: [UInt8]) {
        self.mailslot = mailslot
        self.data = data
    }

    /// `\MAILSLOT\BROWSE`, the mailslot of browsers ([MS-BRWS] §3.2.5.2).
    public static let browser = Array(#"\MAILSLOT\BROWSE"#.utf8)

    /// Whether the mailslot is that of browsers; names of mailslots are case-insensitive.
    public var isForBrowsers: Bool {
        self.mailslot.map(\.asciiUppercased).elementsEqual(Self.browser)
    }
}

// MARK: - Wire format ([MS-MAIL] §2.2.1, [MS-CIFS] §2.2.4.33.1)

extension MailslotWrite {
    /// 0xFF, `SMB`, SMB_COM_TRANSACTION.
    private static let signature: [UInt8] = [0xFF] + Array("SMB".utf8) + [0x25]

    /// The length of the SMB header, whose other fields are unused and zero.
    private static let headerLength = 32

    /// Fourteen words of the transaction and three setup words.
    private static let wordCount: UInt8 = 17

    /// The setup words: opcode 1 writes; class 2 is unreliable, to any number of readers.
    private static let operation: UInt16 = 1, priority: UInt16 = 1, unreliable: UInt16 = 2

    /// Encodes the message.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.signature)
        writer.write(repeatElement(0, count: Self.headerLength - Self.signature.count))
        let dataOffset = Self.headerLength + 1 + 2 * Int(Self.wordCount) + 2 + self.mailslot.count + 1
        let count = UInt16(truncatingIfNeeded: self.data.count)
        writer.write(Self.wordCount)
        // TotalParameterCount, TotalDataCount, MaxParameterCount, MaxDataCount, MaxSetupCount and Reserved1, Flags.
        for word in [0, count, 0, 0, 0, 0] { writer.writeLittleEndian(word) }
        // Timeout, Reserved2.
        writer.write(repeatElement(0, count: 6))
        // ParameterCount, ParameterOffset, DataCount, DataOffset, SetupCount and Reserved3.
        for word in [0, 0, count, UInt16(truncatingIfNeeded: dataOffset), 3] { writer.writeLittleEndian(word) }
        for word in [Self.operation, Self.priority, Self.unreliable] { writer.writeLittleEndian(word) }
        writer.writeLittleEndian(UInt16(truncatingIfNeeded: self.mailslot.count + 1 + self.data.count))
        writer.write(self.mailslot)
        writer.write(UInt8(0))
        writer.write(self.data)
        return writer.bytes
    }

    /// Decodes a message. Other fields of the header, and the requested delivery, are ignored.
    ///
    /// - Throws: ``WireError`` for anything but a mailslot write whose data lies within `bytes`.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        guard try reader.readBytes(Self.signature.count, "SMB_Header").elementsEqual(Self.signature) else {
            throw WireError(.invalid(Int(bytes[0]), expected: "an SMB transaction"), field: "SMB_Header", offset: 0)
        }
        _ = try reader.readBytes(Self.headerLength - Self.signature.count, "SMB_Header")
        let wordCount = try reader.readByte("WordCount")
        guard wordCount == Self.wordCount else {
            throw WireError(.invalid(Int(wordCount), expected: "17"), field: "WordCount", offset: reader.offset - 1)
        }
        _ = try reader.readBytes(22, "Trans_Parameters")
        let dataCount = Int(try reader.readLittleEndianUInt16("DataCount"))
        let dataOffset = Int(try reader.readLittleEndianUInt16("DataOffset"))
        _ = try reader.readBytes(2, "SetupCount")
        let operation = try reader.readLittleEndianUInt16("Setup")
        guard operation == Self.operation else {
            throw WireError(.invalid(Int(operation), expected: "1, a write"), field: "Setup", offset: reader.offset - 2)
        }
        // Priority, Class, ByteCount.
        _ = try reader.readBytes(6, "Setup")
        var mailslot: [UInt8] = []
        while case let byte = try reader.readByte("MailslotName"), byte != 0 { mailslot.append(byte) }
        guard dataOffset >= reader.offset, dataOffset <= bytes.count else {
            throw WireError(
                .invalid(dataOffset, expected: "an offset after the mailslot's name"),
                field: "DataOffset",
                offset: reader.offset
            )
        }
        reader.offset = dataOffset
        self.mailslot = mailslot
        self.data = Array(try reader.readBytes(dataCount, "Databytes"))
    }
}
