/// All records of a run.
struct Results {
    /// Figures in the order in which they were measured first.
    private(set) var figures: [[String]] = []
    /// Values by figure and candidate, one for each round.
    private var values: [[String]: [String: [Double]]] = [:]
    /// Candidates in the order in which they appeared first.
    private var order: [String] = []

    init(path: String) {
        for line in TextFile.lines(of: path) {
            guard let record = Record(line: line) else { continue }
            if self.values[record.figure] == nil { self.figures.append(record.figure) }
            if !self.order.contains(record.candidate) { self.order.append(record.candidate) }
            self.values[record.figure, default: [:]][record.candidate, default: []].append(record.value)
        }
    }

    /// The candidates of some figures.
    func candidates(of figures: [[String]]) -> [String] {
        self.order.filter { candidate in figures.contains { self.values[$0]?[candidate] != nil } }
    }

    /// The value in the middle.
    func median(_ figure: [String], _ candidate: String) -> Double? {
        self.values[figure]?[candidate].flatMap(Self.median)
    }

    /// The ratio in the middle of those of each round, as a busy machine makes whole rounds slow.
    func ratio(_ figure: [String], _ candidate: String, to reference: String) -> Double? {
        guard let values = self.values[figure], let own = values[candidate], let others = values[reference] else {
            return nil
        }
        return Self.median(zip(own, others).map { $0 / $1 })
    }

    /// What a goal asks for, of each figure that it covers and that was measured.
    func readings(of goal: Goal) -> [(figure: [String], value: Double)] {
        self.figures.filter(goal.covers).compactMap { figure in
            let value =
                goal.reference.map { self.ratio(figure, "nbrouter", to: $0) } ?? self.median(figure, "nbrouter")
            return value.map { (figure, $0) }
        }
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted(), middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
