/// A NetBIOS name: sixteen bytes, of which the first fifteen are the name and the last is the ``Suffix``.
///
/// Two names are equal when their bytes are, but for the case of ASCII letters in the first fifteen: the protocol compares
/// bytes, applications upper-case them first (RFC 1001 §5.2). The bytes themselves are kept as they came, so that an
/// answer echoes what was asked. A value of this type is always well-formed; nothing downstream checks again.
public struct NetBIOSName: Sendable {
    /// Sixteen bytes and never another count, which is why this is not an array.
    let bytes: SIMD16<UInt8>

    init(bytes: SIMD16<UInt8>) {
        self.bytes = bytes
    }

    /// A name from its text: upper-cased and padded with spaces to fifteen bytes.
    ///
    /// - Throws: ``InvalidName`` when `text` cannot be a name that a host owns.
    public init(_ text: String, suffix: Suffix = .fileServer) throws(InvalidName) {
        let text = Array(text.utf8)
        guard !text.isEmpty else { throw .empty }
        guard text.first != UInt8(ascii: "*") else { throw .reserved }
        if let offset = text.firstIndex(where: { !Self.isAllowed($0) }) {
            throw .character(text[offset], offset: offset)
        }
        guard text.count <= Self.maximumTextLength else { throw .tooLong(bytes: text.count) }
        guard text.first != UInt8(ascii: " "), text.last != UInt8(ascii: " ") else { throw .surroundingSpace }
        self.init(padding: text.map(\.asciiUppercased), with: UInt8(ascii: " "), suffix: suffix)
    }

    /// At most fifteen bytes, filled up with `padding`.
    private init(padding text: [UInt8], with padding: UInt8, suffix: Suffix) {
        var bytes = SIMD16<UInt8>(repeating: padding)
        for (index, byte) in text.prefix(Self.maximumTextLength).enumerated() { bytes[index] = byte }
        bytes[15] = suffix.rawValue
        self.bytes = bytes
    }

    /// What clients call that know only an address, from its text: `*SMBSERVER` and its like, `*`, or nothing but blanks.
    init?(calledByAddress text: String, suffix: Suffix) {
        let bytes = text.utf8.map(\.asciiUppercased)
        if bytes == [UInt8(ascii: "*")] {
            self = Self.wildcard.with(suffix == .fileServer ? Suffix(rawValue: 0) : suffix)
        } else if bytes.starts(with: "*SMBSERV".utf8) || bytes.allSatisfy({ $0 == UInt8(ascii: " ") }),
            bytes.count <= 15
        {
            self.init(padding: bytes, with: UInt8(ascii: " "), suffix: suffix)
        } else {
            return nil
        }
    }

    /// The longest text of a name, in bytes.
    public static let maximumTextLength = 15

    /// `*`, padded with zeros: any name, in a node status request (RFC 1001 §15.1.4, RFC 1002 §4.2.17).
    public static let wildcard = NetBIOSName(padding: [UInt8(ascii: "*")], with: 0, suffix: Suffix(rawValue: 0))

    /// `*SMBSERVER<20>`: what a client calls that knows only the address of a server.
    public static let anyServer = NetBIOSName(
        padding: Array("*SMBSERVER".utf8),
        with: UInt8(ascii: " "),
        suffix: .fileServer
    )

    /// What the suffix byte says the name is for.
    public var suffix: Suffix { Suffix(rawValue: self.bytes[15]) }

    /// The same fifteen bytes with another suffix.
    public func with(_ suffix: Suffix) -> NetBIOSName {
        var bytes = self.bytes
        bytes[15] = suffix.rawValue
        return NetBIOSName(bytes: bytes)
    }

    /// The fifteen bytes without their padding of spaces or zeros.
    public var textBytes: [UInt8] { (0..<self.textLength).map { self.bytes[$0] } }

    /// How many bytes that are.
    private var textLength: Int {
        var length = Self.maximumTextLength
        while length > 0, self.bytes[length - 1] == UInt8(ascii: " ") || self.bytes[length - 1] == 0 { length -= 1 }
        return length
    }

    /// The text without its padding. Bytes that are not printable ASCII are written `\xNN`, so the result is safe to log.
    public var text: String { self.textBytes.escapedText }

    /// Printable ASCII but for what Windows forbids in a computer name and what the notations of names need.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && !#""/\[]:|<>+=;,?*"#.utf8.contains(byte)
    }
}

/// Why some text is not the text of a NetBIOS name.
public enum InvalidName: Error, Hashable, Sendable {
    case empty
    /// More than ``NetBIOSName/maximumTextLength`` bytes.
    case tooLong(bytes: Int)
    /// A byte that a name may not have, counted from 0.
    case character(UInt8, offset: Int)
    /// Begins with `*`, which the protocol keeps for itself.
    case reserved
    /// Begins or ends with a space, which cannot be told from padding.
    case surroundingSpace
}

// MARK: - Equality, without case

extension NetBIOSName: Hashable {
    /// The bytes that decide equality, eight to a word: ASCII letters upper-cased, the suffix as it is.
    ///
    /// Every look-up of a name comes through here, so the bytes of a word are folded all at once: where a byte is from `a` to
    /// `z`, adding takes it over 0x80 with one of two addends and not with the other, and that bit, shifted, is the case bit.
    private var folded: SIMD2<UInt64> {
        let words = unsafeBitCast(self.bytes, to: SIMD2<UInt64>.self)
        let suffixMask = (UInt64(0xFF) << 56).littleEndian
        let second = Self.upperCased(words[1]) & ~suffixMask | words[1] & suffixMask
        return SIMD2(Self.upperCased(words[0]), second)
    }

    /// Eight bytes with their ASCII letters in upper case.
    private static func upperCased(_ word: UInt64) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        let low = word & (each &* 0x7F)
        let fromA = low &+ each &* (0x80 - 0x61)
        let beyondZ = low &+ each &* (0x7F - 0x7A)
        let isLower = (fromA ^ beyondZ) & ~word & (each &* 0x80)
        return word ^ (isLower >> 2)
    }

    public static func == (left: NetBIOSName, right: NetBIOSName) -> Bool {
        left.folded == right.folded
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.folded)
    }
}

extension NetBIOSName: CustomStringConvertible {
    /// `FILESRV<20>`, the notation of nmblookup and Windows.
    public var description: String {
        // Each line of the log has two of them.
        var text = self.textBytes.escaped
        text += "<\(self.suffix)>".utf8
        return String(decoding: text, as: UTF8.self)
    }
}

// MARK: - Wire format (RFC 1001 §14.1, first-level encoding)

extension NetBIOSName {
    /// Thirty-two letters on the wire: each byte becomes two, `A` for nibble 0 up to `P` for nibble 15.
    static let encodedLength = 32

    func encode(into writer: inout ByteWriter) {
        for index in 0..<16 {
            writer.write(UInt8(ascii: "A") + (self.bytes[index] >> 4))
            writer.write(UInt8(ascii: "A") + (self.bytes[index] & 0x0F))
        }
    }

    init(from reader: inout ByteReader, field: String) throws(WireError) {
        var bytes = SIMD16<UInt8>()
        for index in 0..<16 {
            let high = try reader.readNibble(field)
            let low = try reader.readNibble(field)
            bytes[index] = high << 4 | low
        }
        self.init(bytes: bytes)
    }
}

extension ByteReader {
    fileprivate mutating func readNibble(_ field: String) throws(WireError) -> UInt8 {
        let letter = try self.readByte(field)
        guard (UInt8(ascii: "A")...UInt8(ascii: "P")).contains(letter) else {
            throw WireError(
                .invalid(Int(letter), expected: "a letter from A to P"),
                field: field,
                offset: self.offset - 1
            )
        }
        return letter - UInt8(ascii: "A")
    }
}
