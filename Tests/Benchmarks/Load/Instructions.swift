/// `load instructions`: the instructions of one operation, from two runs of which one has twice as many operations.
enum Instructions {
    static func run(_ options: Options) throws {
        let figure = try options.text("figure").split(separator: "/").map(String.init)
        let once = try self.count(options.text("once")), twice = try self.count(options.text("twice"))
        let operations = Double(try options.number("operations"))
        Record(figure, try options.text("candidate"), (twice - once) / operations / 1000).print()
    }

    /// The total in a log of callgrind: `==1== Collected : 123456`.
    private static func count(_ log: String) throws -> Double {
        let lines = TextFile.lines(of: log).filter { $0.contains("Collected :") }
        guard let total = lines.last?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw Failure("\(log) has no count")
        }
        return total
    }
}
