/// All records of a run.
struct Results {
    /// Figures in the order of their first measurement.
    private(set) var figures: [[String]] = []
    /// Values by figure and candidate, one for each round.
    private var values: [[String]: [String: [Double]]] = [:]
    /// Candidates in the order of their first appearance.
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

    /// Returns the median.
    func median(_ figure: [String], _ candidate: String) -> Double? {
        self.values[figure]?[candidate].flatMap(Self.median)
    }

    /// Returns the median of the ratios of the rounds, since a busy machine slows down entire rounds.
    func ratio(_ figure: [String], _ candidate: String, to reference: String) -> Double? {
        guard let values = self.values[figure], let own = values[candidate], let others = values[reference] else {
            return nil
        }
        return Self.median(zip(own, others).map { $0 / $1 })
    }

    /// Returns the values of a goal, for each measured figure that it covers.
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
