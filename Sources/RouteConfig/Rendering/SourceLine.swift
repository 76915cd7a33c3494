/// One line of a file as a terminal shows it: tabs as spaces, control characters escaped, and cut around what matters.
struct SourceLine: Hashable, Sendable {
    /// What is shown.
    private(set) var text = ""
    /// Columns of the terminal from the left edge of the text to the first marked character.
    private(set) var markStart = 0
    /// Columns of the terminal that the marked characters take; at least 1.
    private(set) var markWidth = 1

    /// Spaces that stand for a tab.
    private static let tabWidth = 4
    /// Columns of the terminal that a line takes at most, without what stands for the parts cut off.
    static let maximumWidth = 100
    /// Columns that are shown before the marked part of a line that is cut.
    private static let lead = 40

    /// A line with some of its characters marked; `columns` counts them from 0.
    init(_ line: some Collection<Unicode.Scalar>, marking columns: Range<Int>) {
        var pieces: [(text: String, width: Int)] = []
        for scalar in line { pieces.append(Self.piece(scalar)) }
        let markedStart = min(columns.lowerBound, pieces.count)
        let markedEnd = max(markedStart, min(columns.upperBound, pieces.count))

        var first = 0
        var last = pieces.count
        let total = pieces.reduce(0) { $0 + $1.width }
        if total > Self.maximumWidth {
            var room = Self.lead
            first = markedStart
            while first > 0, room >= pieces[first - 1].width {
                first -= 1
                room -= pieces[first].width
            }
            // A mark carries nothing to stand on by itself.
            while first > 0, first < markedStart, pieces[first].width == 0 { first += 1 }
            room = Self.maximumWidth
            last = first
            while last < pieces.count, room >= pieces[last].width {
                room -= pieces[last].width
                last += 1
            }
        }
        let before = first > 0 ? "…" : ""
        self.text = before + pieces[first..<last].map(\.text).joined() + (last < pieces.count ? "…" : "")
        self.markStart =
            before.unicodeScalars.count + pieces[first..<max(first, min(markedStart, last))].reduce(0) { $0 + $1.width }
        let marked = pieces[min(markedStart, last)..<min(markedEnd, last)]
        self.markWidth = max(1, marked.reduce(0) { $0 + $1.width })
    }

    /// What is shown for a character, and its width.
    private static func piece(_ scalar: Unicode.Scalar) -> (text: String, width: Int) {
        if scalar == "\t" { return (String(repeating: " ", count: self.tabWidth), self.tabWidth) }
        if scalar.isPrintable { return (String(scalar), scalar.displayWidth) }
        let escaped = scalar.escaped
        return (escaped, escaped.utf8.count)
    }
}

extension SourceLine: Codable {
    private enum CodingKeys: String, CodingKey {
        case text
        case markStart = "mark_start"
        case markWidth = "mark_width"
    }

    /// Reads a line that another process has put together; marks that no line of ours has become short.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.text = try container.decodePrintable(forKey: .text)
        let limit = 8 * Self.maximumWidth
        self.markStart = min(max(0, try container.decode(Int.self, forKey: .markStart)), limit)
        self.markWidth = min(max(1, try container.decode(Int.self, forKey: .markWidth)), limit)
    }
}
