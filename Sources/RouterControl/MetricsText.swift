/// Metrics in the text format of Prometheus (version 0.0.4).
struct MetricsText {
    /// The content type of the format.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The lines so far.
    private(set) var text = ChunkedText()

    /// The type of a metric.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Adds a metric with its samples in order.
    ///
    /// - Parameters:
    ///   - name: The metric's name.
    ///   - kind: The metric's type.
    ///   - help: One sentence.
    ///   - samples: Labels and values.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: some Sequence<Sample>) {
        self.begin(name, kind, help)
        for sample in samples { self.line(name, sample) }
    }

    /// Adds a metric with a single sample without labels.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.add(name, kind, help, [Sample([], value)])
    }

    /// Adds a histogram for each set of labels.
    mutating func add(histogram name: String, _ help: String, _ histograms: some Sequence<Histogram>) {
        self.begin(name, .histogram, help)
        for histogram in histograms {
            var count = 0
            for (index, bucket) in histogram.counts.enumerated() {
                count += bucket
                let bound = histogram.bounds.indices.contains(index) ? Self.number(histogram.bounds[index]) : "+Inf"
                self.line(name + "_bucket", Sample(histogram.labels + [("le", bound)], Double(count)))
            }
            self.line(name + "_sum", Sample(histogram.labels, histogram.sum))
            self.line(name + "_count", Sample(histogram.labels, Double(count)))
        }
    }

    /// A value with its labels.
    struct Sample {
        let labels: [(name: String, value: String)]
        let value: Double

        init(_ labels: [(name: String, value: String)], _ value: Double) {
            self.labels = labels
            self.value = value
        }

        init(_ labels: [(name: String, value: String)], _ value: Int) {
            self.init(labels, Double(value))
        }
    }

    /// The number of values in each bucket; the last bucket has no upper bound.
    struct Histogram {
        let labels: [(name: String, value: String)]
        let bounds: [Double]
        let counts: [Int]
        let sum: Double
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ sample: Sample) {
        var line = name
        if !sample.labels.isEmpty {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            line += "{" + labels.joined(separator: ",") + "}"
        }
        self.text += line + " " + Self.number(sample.value) + "\n"
    }

    /// Formats a number, without a decimal point if it is an integer.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    /// Escapes the value of a label.
    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == 10 }) else {
            return text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
