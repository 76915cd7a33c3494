/// A table for people: a line of headings and a line for each row, in columns two spaces apart.
struct TextTable {
    private let headings: [String]
    private var rows: [[String]] = []

    init(_ headings: String...) {
        self.headings = headings
    }

    /// Adds a row, a cell for each heading; an empty cell is shown as `-`, so that scripts find each column at its place.
    mutating func append(_ cells: [String]) {
        self.rows.append(cells.map { $0.isEmpty ? "-" : $0 })
    }

    /// The lines, without a line end behind the last one and without spaces at the ends.
    var text: String {
        let lines = [self.headings] + self.rows
        let widths = self.headings.indices.map { column in
            lines.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return lines.map { cells in
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = padded.joined(separator: "  ")
            return String(line.dropLast(line.reversed().prefix { $0 == " " }.count))
        }
        .joined(separator: "\n")
    }
}
