import NetBIOS

/// Why a text is not a value, and which part of it shows that.
struct Flaw: Error {
    var problem: ValueProblem
    /// Code points from the start of the text; `nil` for all of it.
    var part: Range<Int>?

    /// A flaw of a part of the text, or of all of it.
    init(_ problem: ValueProblem, part: Range<Int>? = nil) {
        self.problem = problem
        self.part = part
    }
}

extension String {
    /// The code points that cover the bytes from `offset` on, one character or all that follow.
    func codePoints(fromByte offset: Int, toEnd: Bool = false) -> Range<Int> {
        let before = self.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 }
        return before..<(toEnd ? max(before, self.unicodeScalars.count) : before + 1)
    }

    /// The character that has its first byte at `offset`; U+FFFD when there is none.
    func character(atByte offset: Int) -> Unicode.Scalar {
        let index = self.utf8.index(self.utf8.startIndex, offsetBy: offset, limitedBy: self.utf8.endIndex)
        guard let index, index < self.utf8.endIndex else { return "\u{FFFD}" }
        return self.unicodeScalars[index]
    }
}
