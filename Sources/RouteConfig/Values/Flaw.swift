import NetBIOS

/// The reason why a text is not a valid value, and the part of it that is wrong.
struct Flaw: Error {
    var problem: ValueProblem
    /// Code points from the start of the text; `nil` for the entire text.
    var part: Range<Int>?

    init(_ problem: ValueProblem, part: Range<Int>? = nil) {
        self.problem = problem
        self.part = part
    }
}

extension String {
    /// Returns the range of code points from a byte offset: one character, or all to the end.
    func codePoints(fromByte offset: Int, toEnd: Bool = false) -> Range<Int> {
        let before = self.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 }
        return before..<(toEnd ? max(before, self.unicodeScalars.count) : before + 1)
    }

    /// Returns the character whose first byte is at `offset`; U+FFFD if there is none.
    func character(atByte offset: Int) -> Unicode.Scalar {
        let index = self.utf8.index(self.utf8.startIndex, offsetBy: offset, limitedBy: self.utf8.endIndex)
        guard let index, index < self.utf8.endIndex else { return "\u{FFFD}" }
        return self.unicodeScalars[index]
    }
}
