/// A small graph of past values, with the maximum and the current value as text.
struct HistoryGraph {
    private let title: String
    private let values: [Double]
    private let now: String
    private let words: (Double) -> String

    private static let width = 360.0
    private static let height = 60.0
    /// The minimum number of values that the width represents: five minutes.
    private static let leastCount = 30

    /// - Parameters:
    ///   - title: The title.
    ///   - values: The values, oldest first, at most ``TrafficHistory/capacity``.
    ///   - now: The current value as text.
    ///   - words: Formats a value.
    init(_ title: String, _ values: [Double], now: String, words: @escaping (Double) -> String) {
        self.title = title
        self.values = values
        self.now = now
        self.words = words
    }

    var html: HTMLText {
        let highest = self.values.max() ?? 0
        let label = "\(self.title) so far: now \(self.now), at most \(self.words(highest))"
        return """
            <figure><figcaption><strong>\(self.title)</strong> \(self.now) <small>at most \(self.words(highest))</small></figcaption>
            <svg viewBox="0 0 360 62" preserveAspectRatio="none" role="img" aria-label="\(label)">\
            <line class="axis" x1="0" y1="61" x2="360" y2="61"/>\(self.line(highest: highest))</svg></figure>
            """
    }

    /// The line of the graph. The newest value is at the right edge; few values do not fill the width.
    private func line(highest: Double) -> HTMLText {
        guard self.values.count > 1 else { return "" }
        let step = Self.width / Double(max(self.values.count, Self.leastCount) - 1)
        let start = Self.width - step * Double(self.values.count - 1)
        let points = self.values.enumerated().map { index, value in
            let y = Self.height - (highest > 0 ? value / highest : 0) * (Self.height - 2)
            return "\(Self.text(start + step * Double(index))),\(Self.text(y))"
        }.joined(separator: " ")
        let area = "\(Self.text(start)),61 \(points) 360,61"
        return "<polygon class=\"area\" points=\"\(area)\"/><polyline class=\"line\" points=\"\(points)\"/>"
    }

    /// Formats a number with one decimal.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
