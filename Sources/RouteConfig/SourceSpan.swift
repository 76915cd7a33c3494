/// A stretch of one of the files that were read, as an editor counts it.
///
/// Lines and columns count from 1, columns in Unicode code points; a byte order mark does not count. The end is exclusive.
public struct SourceSpan: Hashable, Sendable {
    /// Index into ``LoadResult/sources``.
    public var file: Int
    public var line: Int
    public var column: Int
    /// The line of the first character behind the span.
    public var endLine: Int
    /// The column of the first character behind the span.
    public var endColumn: Int

    /// A span from a first character to the one behind the last.
    public init(file: Int = 0, line: Int, column: Int, endLine: Int, endColumn: Int) {
        self.file = file
        self.line = line
        self.column = column
        self.endLine = endLine
        self.endColumn = endColumn
    }

    /// A span of `length` characters within one line.
    public init(file: Int = 0, line: Int, column: Int, length: Int) {
        self.init(file: file, line: line, column: column, endLine: line, endColumn: column + length)
    }
}

extension SourceSpan: Comparable {
    /// By file, then by where the spans begin, then by where they end.
    public static func < (left: SourceSpan, right: SourceSpan) -> Bool {
        (left.file, left.line, left.column, left.endLine, left.endColumn)
            < (right.file, right.line, right.column, right.endLine, right.endColumn)
    }
}

/// A stretch of text while it is being read: the code points `start..<end` of one file.
///
/// Twelve bytes, since every node of the tree has one. ``SourceFile/span(of:)`` makes lines and columns of it.
struct TextRange: Hashable, Sendable {
    /// Index into ``LoadResult/sources``.
    var file: UInt32
    /// Code points from the start of the file, without its byte order mark.
    var start: UInt32
    /// The first code point behind the range; never before `start`.
    var end: UInt32

    /// A range; an end before the start makes it empty, and numbers past 32 bits are cut to the greatest.
    init(file: Int, start: Int, end: Int) {
        self.file = UInt32(clamping: file)
        self.start = UInt32(clamping: start)
        self.end = UInt32(clamping: max(start, end))
    }

    /// The part that begins `offset` code points behind the start and is `length` long.
    func part(offset: Int, length: Int) -> TextRange {
        let start = Int(self.start) + offset
        return TextRange(file: Int(self.file), start: start, end: start + length)
    }
}
