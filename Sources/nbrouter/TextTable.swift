import RouteConfig

/// A text table with headings, in columns two spaces apart.
struct TextTable {
    /// A column: heading and alignment.
    struct Column: ExpressibleByStringLiteral {
        let heading: String
        /// Whether cells are numbers, aligned to the right.
        let isNumber: Bool
        /// Whether the column is dropped first on a narrow terminal.
        let isMinor: Bool

        init(stringLiteral heading: String) {
            self.init(heading)
        }

        private init(_ heading: String, isNumber: Bool = false, isMinor: Bool = false) {
            self.heading = heading
            self.isNumber = isNumber
            self.isMinor = isMinor
        }

        /// A right-aligned column of numbers.
        static func number(_ heading: String) -> Column { Column(heading, isNumber: true) }

        /// A column that is dropped first on a narrow terminal.
        static func minor(_ heading: String) -> Column { Column(heading, isMinor: true) }

        /// A column of numbers that is dropped first on a narrow terminal.
        static func minorNumber(_ heading: String) -> Column { Column(heading, isNumber: true, isMinor: true) }
    }

    /// The content of a cell.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let colour: TextColour?

        /// The maximum length of a cell, in characters.
        private static let longestText = 4096

        init(_ text: String, _ colour: TextColour? = nil) {
            // Untrusted text may contain escape sequences.
            self.text = text.printable(limit: Self.longestText)
            self.colour = colour
        }

        init(stringLiteral text: String) {
            self.init(text)
        }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// The minimum width of a column on a narrow terminal.
    private static let leastWidth = 6

    init(_ columns: Column...) {
        self.columns = columns
    }

    /// Adds a row; empty cells are shown as `-`, so that scripts find each column.
    mutating func append(_ cells: [String]) {
        self.append(cells.map { Cell($0) })
    }

    /// Adds a row of cells with optional colours.
    mutating func append(_ cells: [Cell]) {
        self.rows.append(cells.map { $0.text.isEmpty ? "-" : $0 })
    }

    /// Formats the lines without trailing spaces and without a trailing newline.
    var text: String { self.text(for: .file) }

    /// Formats the table for a terminal: in colours if supported, and within its width. Empty columns are dropped
    /// first, then minor ones, then the widest are cut.
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

    /// Returns the width of each column; 0 for dropped ones.
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
    /// Cuts the text at `limit` with `…`.
    fileprivate func cut(to limit: Int) -> String {
        self.count <= limit ? self : self.prefix(max(0, limit - 1)) + "…"
    }
}
