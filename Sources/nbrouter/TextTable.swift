import RouteConfig

/// A table for people: a line of headings and a line for each row, in columns two spaces apart.
struct TextTable {
    /// A column: what stands above it and on which side its cells are.
    struct Column: ExpressibleByStringLiteral {
        let heading: String
        /// Whether it holds numbers, which are compared by their last digits.
        let isNumber: Bool
        /// Whether it is left out first where a terminal is too narrow.
        let isMinor: Bool

        init(stringLiteral heading: String) {
            self.init(heading)
        }

        private init(_ heading: String, isNumber: Bool = false, isMinor: Bool = false) {
            self.heading = heading
            self.isNumber = isNumber
            self.isMinor = isMinor
        }

        /// A column of numbers.
        static func number(_ heading: String) -> Column { Column(heading, isNumber: true) }

        /// A column that a narrow terminal does without.
        static func minor(_ heading: String) -> Column { Column(heading, isMinor: true) }

        /// A column of numbers that a narrow terminal does without.
        static func minorNumber(_ heading: String) -> Column { Column(heading, isNumber: true, isMinor: true) }
    }

    /// What stands in a column of a row.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let colour: TextColour?

        /// Characters of a cell at most: as long as a path may be.
        private static let longestText = 4096

        init(_ text: String, _ colour: TextColour? = nil) {
            // Others' words are among them, which may hold escape sequences.
            self.text = text.printable(limit: Self.longestText)
            self.colour = colour
        }

        init(stringLiteral text: String) {
            self.init(text)
        }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// How narrow a column may become on a narrow terminal.
    private static let leastWidth = 6

    init(_ columns: Column...) {
        self.columns = columns
    }

    /// Adds a row, a cell for each heading; an empty cell is shown as `-`, so that scripts find each column at its place.
    mutating func append(_ cells: [String]) {
        self.append(cells.map { Cell($0) })
    }

    /// Adds a row of cells that may have colours.
    mutating func append(_ cells: [Cell]) {
        self.rows.append(cells.map { $0.text.isEmpty ? "-" : $0 })
    }

    /// The lines, without a line end behind the last one and without spaces at the ends.
    var text: String { self.text(for: .file) }

    /// The same for a terminal, in colours if it has some, and no wider than it is: columns without content are left out
    /// first, then the minor ones, then the widest are cut.
    func text(for terminal: Terminal) -> String {
        let lines = [self.columns.map { Cell($0.heading, .strong) }] + self.rows
        let widths = self.widths(of: lines, within: terminal.width)
        let shown = widths.indices.filter { widths[$0] > 0 }
        return lines.map { cells in
            shown.filter(cells.indices.contains).map { index in
                let text = cells[index].text.cut(to: widths[index])
                let padding = String(repeating: " ", count: widths[index] - text.count)
                let painted = terminal.paint(text, cells[index].colour)
                if self.columns[index].isNumber { return padding + painted }
                return index == shown.last ? painted : painted + padding
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// How wide each column is; those of no width are left out.
    private func widths(of lines: [[Cell]], within limit: Int?) -> [Int] {
        var widths = self.columns.indices.map { column in
            lines.map { $0.indices.contains(column) ? $0[column].text.count : 0 }.max() ?? 0
        }
        guard let limit else { return widths }
        func isTooWide() -> Bool { widths.reduce(-2) { $0 + ($1 > 0 ? $1 + 2 : 0) } > limit }
        let empty = widths.indices.filter { column in
            !self.rows.isEmpty && self.rows.allSatisfy { !$0.indices.contains(column) || $0[column].text == "-" }
        }
        let minor = widths.indices.reversed().filter { self.columns[$0].isMinor }
        for column in empty + minor where isTooWide() { widths[column] = 0 }
        while isTooWide() {
            let texts = widths.indices.filter { !self.columns[$0].isNumber }
            guard let widest = texts.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.leastWidth else {
                break
            }
            widths[widest] -= 1
        }
        return widths
    }
}

extension String {
    /// The text, or its beginning and `…` where it is longer than `limit`.
    fileprivate func cut(to limit: Int) -> String {
        self.count <= limit ? self : self.prefix(max(0, limit - 1)) + "…"
    }
}
