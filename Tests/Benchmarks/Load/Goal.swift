/// A goal for a ratio or a value.
struct Goal {
    /// The prefix of the figure.
    let figure: [String]
    /// The candidate that nbrouter is compared with; `nil` for an absolute value.
    let reference: String?
    /// The maximum.
    let limit: Double
    let ambition: Double?

    private init(_ figure: [String], against reference: String?, atMost limit: Double, then ambition: Double? = nil) {
        self.figure = figure
        self.reference = reference
        self.limit = limit
        self.ambition = ambition
    }

    /// All goals.
    static let all = [
        Goal(["relay", "up", "mixed"], against: "haproxy", atMost: 0.50, then: 0.40),
        Goal(["relay", "down", "mixed"], against: "haproxy", atMost: 0.50, then: 0.40),
        Goal(["relay", "up", "mixed"], against: "haproxy-splice", atMost: 0.75, then: 0.60),
        Goal(["relay", "down", "mixed"], against: "haproxy-splice", atMost: 0.75, then: 0.60),
        Goal(["relay", "up", "100 B"], against: "haproxy", atMost: 0.70, then: 0.50),
        Goal(["relay", "down", "100 B"], against: "haproxy", atMost: 0.70, then: 0.50),
        Goal(["latency", "median", "1"], against: "haproxy", atMost: 1.05, then: 1.00),
        Goal(["latency", "median", "16"], against: "haproxy", atMost: 1.00, then: 0.80),
        Goal(["flood", "median", "beside 40"], against: "haproxy", atMost: 1.5),
        Goal(["exchanges"], against: "direct", atMost: 1.7, then: 1.4),
        Goal(["sessions", "cpu"], against: "haproxy", atMost: 1.30, then: 1.00),
        Goal(["memory", "idle"], against: "haproxy", atMost: 0.40, then: 0.33),
        Goal(["memory", "kept after bulk"], against: nil, atMost: 1024, then: 0),
        Goal(["names", "cpu"], against: "nmbd", atMost: 0.25),
        Goal(["names", "cpu"], against: "dnsmasq", atMost: 0.75),
        Goal(["names", "cpu"], against: "least", atMost: 1.4, then: 1.15),
        Goal(["check", "10000 routes"], against: nil, atMost: 0.3),
        Goal(["check", "faulty routes"], against: nil, atMost: 5),
        Goal(["check", "growth"], against: nil, atMost: 12),
        Goal(["reload pause, ms", "10000 routes", "with"], against: nil, atMost: 10),
        // Against the time to receive and send the same bytes: the worst that a client can make of them.
        Goal(["paths", "frames of 4 KiB"], against: "copy", atMost: 0.05),
        Goal(["paths", "empty messages"], against: "copy", atMost: 12),
        Goal(["paths", "keep-alives"], against: "copy", atMost: 20),
        Goal(["paths", "sniffer"], against: "copy", atMost: 1),
        Goal(["paths", "request"], against: "copy", atMost: 10),
    ]

    /// Whether a figure belongs to this goal.
    func covers(_ figure: [String]) -> Bool {
        figure.count >= self.figure.count
            && zip(figure, self.figure).allSatisfy { $0 == $1 || $0.hasPrefix($1 + ",") || $0.hasPrefix($1 + " ") }
    }
}
