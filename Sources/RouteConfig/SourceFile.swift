/// A file that was read: its name in messages, its text, and the starts of its lines.
///
/// Lines end with LF, CRLF or CR. The text is kept as bytes, so that lines that are not UTF-8 can be shown.
public struct SourceFile: Sendable {
    /// The path as given, or as its `include` resolves.
    public let name: String
    /// The content without a byte order mark; empty if the file is unreadable.
    let bytes: [UInt8]
    /// Whether the file has a text to show.
    public let isReadable: Bool
    /// The start of each line. Never empty.
    private let lines: [LineStart]
    /// The number of code points before every ``stride``-th byte.
    private let checkpoints: [UInt32]
    /// Bytes between two checkpoints; bounds the search in a very long line.
    private static let stride = 64
    /// Whether all characters are ASCII, so that code points and bytes have the same offsets.
    private let isASCII: Bool
    /// Whether the text had a UTF-8 byte order mark.
    let hadByteOrderMark: Bool
    /// Index of the first CR that is followed by LF.
    let firstCarriageReturn: Int?

    /// The start of a line, counted from the start of the file.
    private struct LineStart {
        var byte: UInt32
        var codePoint: UInt32
    }

    /// Makes a file of its bytes, without a leading byte order mark.
    init(name: String, bytes: [UInt8], isReadable: Bool = true) {
        self.name = name
        self.hadByteOrderMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let bytes = self.hadByteOrderMark ? Array(bytes.dropFirst(3)) : bytes
        self.bytes = bytes
        var firstCarriageReturn: Int?
        self.isReadable = isReadable
        var lines = [LineStart(byte: 0, codePoint: 0)]
        var codePoints: UInt32 = 0
        var checkpoints: [UInt32] = []
        var isASCII = true
        bytes.withUnsafeBufferPointer { bytes in
            for (index, byte) in bytes.enumerated() {
                if index % Self.stride == 0 { checkpoints.append(codePoints) }
                // Continuation bytes are not code points.
                if byte & 0xC0 != 0x80 { codePoints &+= 1 }
                if byte >= 0x80 { isASCII = false }
                if byte == UInt8(ascii: "\n"), firstCarriageReturn == nil, index > 0,
                    bytes[index - 1] == UInt8(ascii: "\r")
                {
                    firstCarriageReturn = index - 1
                }
                let isEnd =
                    byte == UInt8(ascii: "\n")
                    || byte == UInt8(ascii: "\r")
                        && (index + 1 == bytes.count || bytes[index + 1] != UInt8(ascii: "\n"))
                if isEnd { lines.append(LineStart(byte: UInt32(clamping: index + 1), codePoint: codePoints)) }
            }
        }
        self.lines = lines
        self.firstCarriageReturn = firstCarriageReturn
        self.isASCII = isASCII
        self.checkpoints = checkpoints
    }

    /// The number of lines, including an empty one after the last line end.
    public var lineCount: Int { self.lines.count }

    /// Returns the text of a line, counted from 1, without its line end; empty past the end. Invalid UTF-8 becomes
    /// U+FFFD.
    public func line(_ number: Int) -> String {
        guard self.lines.indices.contains(number - 1) else { return "" }
        let start = Int(self.lines[number - 1].byte)
        var end = number < self.lines.count ? Int(self.lines[number].byte) : self.bytes.count
        while end > start, self.bytes[end - 1] == UInt8(ascii: "\n") || self.bytes[end - 1] == UInt8(ascii: "\r") {
            end -= 1
        }
        return String(decoding: self.bytes[start..<end], as: UTF8.self)
    }

    /// Returns at most 1000 characters of a line from a column, counted from 0. Invalid UTF-8 becomes U+FFFD.
    func scalars(ofLine number: Int, from column: Int) -> [Unicode.Scalar] {
        guard self.lines.indices.contains(number - 1) else { return [] }
        let limit = 1000
        let lineStart = Int(self.lines[number - 1].codePoint)
        let lineEnd = number < self.lines.count ? Int(self.lines[number].byte) : self.bytes.count
        let start = min(self.byte(ofCodePoint: lineStart + column), lineEnd)
        let part = self.bytes[start..<min(lineEnd, start + 4 * limit)]
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        return Array(String(decoding: part.prefix { !isEnd($0) }, as: UTF8.self).unicodeScalars.prefix(limit))
    }

    /// Returns the empty range at the start of a line, counted from 1.
    func start(ofLine number: Int, file: Int) -> TextRange {
        let start = self.lines.indices.contains(number - 1) ? Int(self.lines[number - 1].codePoint) : 0
        return TextRange(file: file, start: start, end: start)
    }

    /// Returns the lines and columns of a range.
    func span(of range: TextRange) -> SourceSpan {
        let start = self.position(ofCodePoint: range.start)
        let end = range.end == range.start ? start : self.position(ofCodePoint: range.end)
        return SourceSpan(
            file: Int(range.file),
            line: start.line,
            column: start.column,
            endLine: end.line,
            endColumn: end.column
        )
    }

    /// Returns the line and column of a code point, both counted from 1.
    private func position(ofCodePoint codePoint: UInt32) -> (line: Int, column: Int) {
        let line = self.lineIndex { $0.codePoint <= codePoint }
        return (line + 1, Int(codePoint - self.lines[line].codePoint) + 1)
    }

    /// Returns the index of the last line that fulfils `isBefore`, which holds for a prefix of the lines that is not
    /// empty.
    private func lineIndex(_ isBefore: (LineStart) -> Bool) -> Int {
        var low = 0
        var high = self.lines.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if isBefore(self.lines[middle]) { low = middle } else { high = middle }
        }
        return low
    }

    /// Returns the number of code points before a byte.
    func codePoint(ofByte byte: Int) -> Int {
        let byte = min(byte, self.bytes.count)
        guard !self.isASCII, !self.checkpoints.isEmpty else { return byte }
        let checkpoint = min(byte / Self.stride, self.checkpoints.count - 1)
        let before = self.bytes[checkpoint * Self.stride..<byte]
        return Int(self.checkpoints[checkpoint]) + before.count { $0 & 0xC0 != 0x80 }
    }

    /// Returns the bytes of a range of code points, at most `limit` bytes.
    func bytes(of range: TextRange, limit: Int = .max) -> ArraySlice<UInt8> {
        let start = self.byte(ofCodePoint: Int(range.start))
        let end = Int(range.end) - Int(range.start) >= limit ? start + limit : self.byte(ofCodePoint: Int(range.end))
        return self.bytes[start..<min(max(start, end), start + min(limit, self.bytes.count - start))]
    }

    /// Returns the text of a range.
    func text(of range: TextRange) -> String { String(decoding: self.bytes(of: range), as: UTF8.self) }

    /// Returns the index of a code point's first byte; the number of bytes for one past the end.
    private func byte(ofCodePoint codePoint: Int) -> Int {
        guard !self.isASCII, !self.checkpoints.isEmpty else { return min(codePoint, self.bytes.count) }
        var low = 0
        var high = self.checkpoints.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(self.checkpoints[middle]) <= codePoint { low = middle } else { high = middle }
        }
        var left = codePoint - Int(self.checkpoints[low])
        var index = low * Self.stride
        while index < self.bytes.count {
            if self.bytes[index] & 0xC0 != 0x80 {
                if left == 0 { break }
                left -= 1
            }
            index += 1
        }
        return index
    }
}
