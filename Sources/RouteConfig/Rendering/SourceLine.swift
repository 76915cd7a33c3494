/// A source line as a terminal shows it: tabs expanded, control characters escaped, long lines shortened around the
/// mark.
struct SourceLine: Hashable, Sendable {
    /// The text to show.
    private(set) var text = ""
    /// Columns of the terminal from the left edge of the text to the first marked character.
    private(set) var markStart = 0
    /// Columns of the terminal that the marked characters occupy; at least 1.
    private(set) var markWidth = 1

    /// The width of a tab, in columns.
    private static let tabWidth = 4
    /// The maximum width of a shortened line, in columns, without the ellipses.
    static let maximumWidth = 100
    /// The number of columns shown before the mark of a shortened line.
    private static let lead = 40

    /// Makes a line with some characters marked; `columns` counts from 0.
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
            // A combining mark is not shown without its base character.
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

    /// Returns the text to show for a character, and its width.
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

    /// Decodes a line of another process; positions beyond any line that the router sends are clamped.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.text = try container.decodePrintable(forKey: .text)
        let limit = 8 * Self.maximumWidth
        self.markStart = min(max(0, try container.decode(Int.self, forKey: .markStart)), limit)
        self.markWidth = min(max(1, try container.decode(Int.self, forKey: .markWidth)), limit)
    }
}
