/// `load plot`: the distance of nbrouter from each goal, as bars (SVG).
enum Plot {
    /// Pixels of a row, of the labels, and of a bar that exactly meets its goal.
    private static let row = 22
    private static let labels = 330
    private static let goal = 300

    static func run(_ options: Options) throws {
        let results = Results(path: try options.text("results"))
        var rows: [String] = []
        for goal in Goal.all {
            for (figure, value) in results.readings(of: goal) {
                rows.append(self.bar(goal, figure, value, at: (rows.count + 2) * self.row))
            }
        }
        let height = (rows.count + 3) * self.row, width = self.labels + 2 * self.goal + 200
        let line = self.labels + self.goal
        let text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" font-family="sans-serif" \
            font-size="12">
            <rect width="\(width)" height="\(height)" fill="white"/>
            <text x="8" y="16" font-weight="bold">nbrouter: share of what is allowed; left of the line the goal is \
            reached</text>
            \(rows.joined(separator: "\n"))
            <line x1="\(line)" y1="\(self.row)" x2="\(line)" y2="\(height - self.row)" stroke="black"/>
            </svg>

            """
        try TextFile.write(text, to: try options.text("output"))
    }

    private static func bar(_ goal: Goal, _ figure: [String], _ value: Double, at y: Int) -> String {
        let share = max(0, min(value / goal.limit, 2)), length = Int(share * Double(self.goal))
        let colour = value <= goal.ambition ?? goal.limit ? "#4a9" : value <= goal.limit ? "#9c6" : "#d65"
        let label = figure.joined(separator: " ") + (goal.reference.map { " : \($0)" } ?? "")
        let numbers = "\(Report.number(value)) of \(Report.number(goal.limit))"
        return """
            <text x="8" y="\(y + 12)">\(label)</text>
            <rect x="\(self.labels)" y="\(y)" width="\(length)" height="\(self.row - 6)" fill="\(colour)"/>
            <text x="\(self.labels + length + 6)" y="\(y + 12)">\(numbers)</text>
            """
    }
}
