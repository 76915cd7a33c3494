/// Checks the encoding before libyaml does, which has a single message for all unreadable text.
struct EncodingCheck {
    private let source: SourceFile
    private let file: Int
    private(set) var findings: [Finding] = []

    init(_ source: SourceFile, file: Int) {
        self.source = source
        self.file = file
    }

    /// Whether the text can be parsed.
    mutating func run() -> Bool {
        if let name = Self.wideEncoding(self.source.bytes) {
            self.report(.encoding(name), byte: 0, codePoints: 0)
            return false
        }
        if self.source.hadByteOrderMark { self.report(.byteOrderMark, byte: 0, codePoints: 0) }
        if let index = self.source.firstCarriageReturn { self.report(.carriageReturns, byte: index, codePoints: 0) }
        guard let flaw = Self.firstFlaw(in: self.source.bytes) else { return true }
        self.report(flaw.problem, byte: flaw.byte, codePoints: 1)
        return false
    }

    /// Reports a problem at a byte.
    private mutating func report(_ problem: DocumentProblem, byte: Int, codePoints: Int) {
        let start = self.source.codePoint(ofByte: byte)
        let range = TextRange(file: self.file, start: start, end: start + codePoints)
        self.findings.append(Finding(.document(problem), at: range))
    }

    /// Returns the name of an encoding with two or four bytes a character, detected by its byte order mark or zero
    /// bytes.
    private static func wideEncoding(_ bytes: [UInt8]) -> String? {
        let head = Array(bytes.prefix(4))
        if head == [0xFF, 0xFE, 0, 0] || head == [0, 0, 0xFE, 0xFF] { return "UTF-32" }
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        guard head.count == 4 else { return nil }
        if head[0] != 0, head[1] == 0, head[2] != 0, head[3] == 0 { return "UTF-16LE" }
        if head[0] == 0, head[1] != 0, head[2] == 0, head[3] != 0 { return "UTF-16BE" }
        return nil
    }

    /// Returns the first byte that is invalid UTF-8, or begins a character that YAML does not allow.
    private static func firstFlaw(in bytes: [UInt8]) -> (problem: DocumentProblem, byte: Int)? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                if byte < 0x80 {
                    let isAllowed =
                        byte >= 0x20 && byte != 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09
                    guard isAllowed else { return (.controlCharacter(Unicode.Scalar(byte)), index) }
                    index += 1
                } else {
                    guard let (scalar, length) = Self.scalar(in: bytes, at: index) else {
                        return (.invalidUTF8(byte: byte), index)
                    }
                    guard Self.isAllowed(scalar) else { return (.controlCharacter(scalar), index) }
                    index += length
                }
            }
            return nil
        }
    }

    /// Decodes a character of two to four bytes at `index`; `nil` if truncated, overlong, a surrogate or out of range.
    private static func scalar(
        in bytes: UnsafeBufferPointer<UInt8>,
        at index: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        let lead = UInt32(bytes[index])
        let (length, smallest): (Int, UInt32) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80)
            case 0xE0...0xEF: (3, 0x800)
            case 0xF0...0xF4: (4, 0x10000)
            default: (0, 0)
            }
        guard length > 0, index + length <= bytes.count else { return nil }
        var value = lead & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard bytes[index + offset] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
        }
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }

    /// Whether libyaml accepts the character, beyond ASCII; excludes a byte order mark within the text.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
