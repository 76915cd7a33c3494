/// A span of text in one of the files read, in the counting of editors.
///
/// Lines and columns count from 1, columns in code points; a byte order mark does not count. The end is exclusive.
public struct SourceSpan: Hashable, Sendable {
    /// Index into ``LoadResult/sources``.
    public var file: Int
    public var line: Int
    public var column: Int
    /// The line of the first character after the span.
    public var endLine: Int
    /// The column of the first character after the span.
    public var endColumn: Int

    /// Makes a span from its first character to the character after its last.
    public init(file: Int = 0, line: Int, column: Int, endLine: Int, endColumn: Int) {
        self.file = file
        self.line = line
        self.column = column
        self.endLine = endLine
        self.endColumn = endColumn
    }

    /// Makes a span of `length` characters in one line.
    public init(file: Int = 0, line: Int, column: Int, length: Int) {
        self.init(file: file, line: line, column: column, endLine: line, endColumn: column + length)
    }
}

extension SourceSpan: Comparable {
    /// Orders by file, then by start, then by end.
    public static func < (left: SourceSpan, right: SourceSpan) -> Bool {
        (left.file, left.line, left.column, left.endLine, left.endColumn)
            < (right.file, right.line, right.column, right.endLine, right.endColumn)
    }
}

/// A range of code points in one of the files read.
///
/// Twelve bytes, since every node of the tree has one. ``SourceFile/span(of:)`` converts it to lines and columns.
struct TextRange: Hashable, Sendable {
    /// Index into ``LoadResult/sources``.
    var file: UInt32
    /// Code points from the start of the file, without its byte order mark.
    var start: UInt32
    /// The first code point after the range; never less than `start`.
    var end: UInt32

    /// Makes a range; an end before the start makes it empty, and values over 32 bits are clamped.
    init(file: Int, start: Int, end: Int) {
        self.file = UInt32(clamping: file)
        self.start = UInt32(clamping: start)
        self.end = UInt32(clamping: max(start, end))
    }

    /// Returns the part of `length` code points that begins `offset` code points after the start.
    func part(offset: Int, length: Int) -> TextRange {
        let start = Int(self.start) + offset
        return TextRange(file: Int(self.file), start: start, end: start + length)
    }
}
