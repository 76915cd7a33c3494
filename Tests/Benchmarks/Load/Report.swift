/// `load report`: the results as tables.
enum Report {
    static func run(_ options: Options) throws {
        let results = Results(path: try options.text("results"))
        TextFile.write(Self.figures(results) + Self.goals(results), to: 1)
    }

    /// The unit of each group of figures.
    private static let units = [
        "relay": "processor seconds per GiB carried: way, frames, sessions",
        "speed": "GiB a second",
        "latency": "µs an exchange of 100 bytes: median, 99th percentile, processor time; clients",
        "exchanges": "ms for 1 MiB in requests and answers of 4,356 bytes",
        "sessions": "set up, used for one exchange, closed: a second; processor µs each",
        "memory": "bytes of memory a session, unless it says MiB",
        "names": "queries: processor µs each, answered a second, sent again; how many under way",
        "check": "seconds for `nbrouter check`",
        "reload": "seconds for `nbrouter reload`",
        "reload pause, ms": "longest time of a small exchange over a session: without and with a reload meanwhile",
        "instructions": "thousands of instructions (callgrind), which do not depend on how busy the machine is",
        "flood": "µs an exchange of 100 bytes by 4 clients, beside sessions that send tiny frames alone",
        "paths": "nanoseconds a byte of the code that looks at bytes, at its worst input; copy: to receive and send it",
        "load share": "processors that load and far end used: the load itself is what limits where it is near 2",
    ]

    private static func figures(_ results: Results) -> String {
        var text = "", groups: [String] = []
        for figure in results.figures where !groups.contains(figure[0]) { groups.append(figure[0]) }
        for group in groups {
            let figures = results.figures.filter { $0[0] == group }, candidates = results.candidates(of: figures)
            var table = [[group] + candidates]
            for figure in figures {
                let values = candidates.map { results.median(figure, $0).map(Self.number) ?? "" }
                table.append([figure.dropFirst().joined(separator: " ")] + values)
            }
            text += "\(Self.units[group] ?? group)\n\(Self.lines(table))\n"
        }
        return text
    }

    private static func goals(_ results: Results) -> String {
        var table = [["nbrouter's", "ratio to", "at most", "then", "is", ""]]
        for goal in Goal.all {
            for (figure, value) in results.readings(of: goal) {
                table.append([
                    figure.joined(separator: " "), goal.reference ?? "(value)", Self.number(goal.limit),
                    goal.ambition.map(Self.number) ?? "", Self.number(value),
                    value <= goal.ambition ?? goal.limit ? "reached" : value <= goal.limit ? "reached, not all" : "NOT",
                ])
            }
        }
        return "Ratios to reach: the median of the rounds' ratios\n\(Self.lines(table))"
    }

    /// Formats three significant digits.
    static func number(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        let scale = [1.0, 10, 100, 1000][digits], scaled = (abs(value) * scale).rounded()
        let whole = Int(scaled / scale), rest = Int(scaled) - whole * Int(scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - "\(rest)".count) + "\(rest)"
    }

    private static func lines(_ table: [[String]]) -> String {
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + space : space + cell.0
            }
            return "  " + cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
