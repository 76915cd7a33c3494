import Foundation

/// A strict parser of the Prometheus text format.
struct MetricsPage {
    /// The samples by name and labels, as written.
    private(set) var samples: [String: Double] = [:]
    /// Violations of the format.
    private(set) var flaws: [String] = []

    private var kinds: [String: Substring] = [:]
    private var finished: Set<String> = []
    private var current = ""

    init(_ text: String) {
        if !text.hasSuffix("\n") { self.flaws.append("the last line has no end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { self.read(line) }
        self.checkHistograms()
    }

    /// The names of all metrics, with or without samples.
    var names: Set<String> { Set(self.kinds.keys) }

    /// The value of a sample, such as `nbrouter_sessions{route="NAS"}`.
    subscript(sample: String) -> Double? { self.samples[sample] }

    /// Returns the sum of a metric's samples.
    func sum(_ name: String) -> Double {
        self.samples.filter { $0.key == name || $0.key.hasPrefix(name + "{") }.values.reduce(0, +)
    }

    private mutating func read(_ line: Substring) {
        if let words = line.wholeMatch(of: /# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/)?.output {
            let name = String(words.2)
            if words.1 == "TYPE" {
                if !["counter", "gauge", "histogram"].contains(words.3) { self.flaws.append("kind: \(line)") }
                if self.kinds.updateValue(words.3, forKey: name) != nil { self.flaws.append("two kinds: \(line)") }
            } else {
                self.finished.insert(self.current)
                self.current = name
                if self.finished.contains(name) { self.flaws.append("not in one piece: \(line)") }
            }
            return
        }
        let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (-?[0-9][0-9.e+-]*|\+Inf|NaN)/
        guard let words = line.wholeMatch(of: pattern)?.output, let value = Double(words.3) else {
            return self.flaws.append("not a sample: \(line)")
        }
        let name = String(words.1)
        let base = ["_bucket", "_sum", "_count"].lazy.filter { name.hasSuffix($0) }
            .map { String(name.dropLast($0.count)) }.first { self.kinds[$0] == "histogram" }
        if (base ?? name) != self.current { self.flaws.append("outside of its metric: \(line)") }
        if self.kinds[base ?? name] == nil { self.flaws.append("without a kind: \(line)") }
        if self.kinds[name] == "counter", !name.hasSuffix("_total") { self.flaws.append("a counter's name: \(line)") }
        if let labels = words.2, !self.areLabels(labels.dropFirst().dropLast()) { self.flaws.append("labels: \(line)") }
        if value.isNaN || value < 0 { self.flaws.append("value: \(line)") }
        if self.samples.updateValue(value, forKey: "\(name)\(words.2 ?? "")") != nil {
            self.flaws.append("twice: \(line)")
        }
    }

    /// Whether a text is a comma-separated list of distinct labels.
    private func areLabels(_ text: Substring) -> Bool {
        var (rest, names) = (text, Set<Substring>())
        while let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/)?.output {
            guard names.insert(label.1).inserted else { return false }
            rest = rest.dropFirst(label.0.count)
        }
        return rest.isEmpty && !text.hasSuffix(",")
    }

    /// Checks that buckets are cumulative, and that the last one equals the count.
    private mutating func checkHistograms() {
        for (name, kind) in self.kinds where kind == "histogram" {
            let counts = self.samples.filter { $0.key.hasPrefix("\(name)_count") }
            for (key, count) in counts {
                let labels = key.dropFirst("\(name)_count{".count).dropLast()
                let buckets = self.samples.compactMap { sample -> (bound: Double, count: Double)? in
                    guard sample.key.hasPrefix("\(name)_bucket{\(labels),le=\"") else { return nil }
                    let bound = sample.key.dropFirst("\(name)_bucket{\(labels),le=\"".count).dropLast(2)
                    return (bound == "+Inf" ? .infinity : Double(bound) ?? .nan, sample.value)
                }.sorted { $0.bound < $1.bound }
                if buckets.last?.bound != .infinity || buckets.last?.count != count {
                    self.flaws.append("\(key): +Inf")
                }
                if zip(buckets, buckets.dropFirst()).contains(where: { $0.count > $1.count }) {
                    self.flaws.append("\(key): a bucket with less than the one before")
                }
            }
        }
    }
}
