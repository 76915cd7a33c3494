/// A NetBIOS name: sixteen bytes, of which the first fifteen are the name and the last is the ``Suffix``.
///
/// Names are equal if their bytes are, ignoring the case of ASCII letters in the first fifteen: the protocol compares
/// bytes, and applications upper-case them first (RFC 1001 §5.2). The original bytes are kept, so that a response
/// echoes the request. A value of this type is always well-formed.
public struct NetBIOSName: Sendable {
    /// Exactly sixteen bytes.
    let bytes: SIMD16<UInt8>

    init(bytes: SIMD16<UInt8>) {
        self.bytes = bytes
    }

    /// Makes a name of a text: upper-cased and padded with spaces to fifteen bytes.
    ///
    /// - Throws: ``InvalidName`` if `text` cannot be the name of a host.
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

    /// Makes a name of at most fifteen bytes, padded with `padding`.
    private init(padding text: [UInt8], with padding: UInt8, suffix: Suffix) {
        var bytes = SIMD16<UInt8>(repeating: padding)
        for (index, byte) in text.prefix(Self.maximumTextLength).enumerated() { bytes[index] = byte }
        bytes[15] = suffix.rawValue
        self.bytes = bytes
    }

    /// Makes the called name of a call by address: `*SMBSERVER` and the like, `*`, or blanks; `nil` for other text.
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

    /// The maximum length of a name, in bytes.
    public static let maximumTextLength = 15

    /// `*`, padded with zeros: matches any name in a node status request (RFC 1001 §15.1.4, RFC 1002 §4.2.17).
    public static let wildcard = NetBIOSName(padding: [UInt8(ascii: "*")], with: 0, suffix: Suffix(rawValue: 0))

    /// `*SMBSERVER<20>`: called by clients that know only the address of a server.
    public static let anyServer = NetBIOSName(
        padding: Array("*SMBSERVER".utf8),
        with: UInt8(ascii: " "),
        suffix: .fileServer
    )

    /// The service that the name is for.
    public var suffix: Suffix { Suffix(rawValue: self.bytes[15]) }

    /// Returns the name with another suffix.
    public func with(_ suffix: Suffix) -> NetBIOSName {
        var bytes = self.bytes
        bytes[15] = suffix.rawValue
        return NetBIOSName(bytes: bytes)
    }

    /// The fifteen bytes without their padding of spaces or zeros.
    public var textBytes: [UInt8] { (0..<self.textLength).map { self.bytes[$0] } }

    /// The number of bytes without padding.
    private var textLength: Int {
        var length = Self.maximumTextLength
        while length > 0, self.bytes[length - 1] == UInt8(ascii: " ") || self.bytes[length - 1] == 0 { length -= 1 }
        return length
    }

    /// The text without padding. Non-printable bytes become `\xNN`, so it is safe to log.
    public var text: String { self.textBytes.escapedText }

    /// Whether the byte is printable ASCII that Windows allows in a computer name and no notation of names reserves.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && !#""/\[]:|<>+=;,?*"#.utf8.contains(byte)
    }
}

/// The reason why a text is not a NetBIOS name.
public enum InvalidName: Error, Hashable, Sendable {
    case empty
    /// More than ``NetBIOSName/maximumTextLength`` bytes.
    case tooLong(bytes: Int)
    /// A forbidden byte and its offset.
    case character(UInt8, offset: Int)
    /// A leading `*`, which the protocol reserves.
    case reserved
    /// A leading or trailing space, which is indistinguishable from padding.
    case surroundingSpace
}

// MARK: - Equality, without case

extension NetBIOSName: Hashable {
    /// The bytes that decide equality, eight to a word: ASCII letters upper-cased, the suffix unchanged.
    ///
    /// Every lookup of a name uses it, so all bytes of a word are folded at once: for a byte from `a` to `z`, one of
    /// two additions carries into bit 7 and the other does not, and that bit, shifted, is the case bit.
    private var folded: SIMD2<UInt64> {
        let words = unsafeBitCast(self.bytes, to: SIMD2<UInt64>.self)
        let suffixMask = (UInt64(0xFF) << 56).littleEndian
        let second = Self.upperCased(words[1]) & ~suffixMask | words[1] & suffixMask
        return SIMD2(Self.upperCased(words[0]), second)
    }

    /// Folds the ASCII letters of eight bytes to upper case.
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
        // Used twice in each log line of a session.
        var text = self.textBytes.escaped
        text += "<\(self.suffix)>".utf8
        return String(decoding: text, as: UTF8.self)
    }
}

// MARK: - Wire format (RFC 1001 §14.1, first-level encoding)

extension NetBIOSName {
    /// The encoded length in bytes: each nibble becomes a letter, `A` for 0 to `P` for 15.
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
