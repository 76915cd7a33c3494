import Testing

@testable import RouterControl

struct MetricsTextTests {
    @Test func `a metric has its help, its type and a line for each sample`() {
        var text = MetricsText()
        text.add("up", .gauge, "Whether it is up.", 1)
        text.add("seen_total", .counter, "Seen.", [.init([("a", "x"), ("b", "y")], 3), .init([("a", "z")], 0.25)])
        #expect(
            text.text.text == """
                # HELP up Whether it is up.
                # TYPE up gauge
                up 1
                # HELP seen_total Seen.
                # TYPE seen_total counter
                seen_total{a="x",b="y"} 3
                seen_total{a="z"} 0.25

                """
        )
    }

    @Test func `a histogram counts up to its last bucket, which has no upper end`() {
        var text = MetricsText()
        let histogram = MetricsText.Histogram(labels: [("b", "nas")], bounds: [0.5, 1], counts: [2, 0, 3], sum: 9.5)
        text.add(histogram: "wait", "Wait.", [histogram])
        #expect(
            text.text.text.split(separator: "\n").dropFirst(2) == [
                #"wait_bucket{b="nas",le="0.5"} 2"#, #"wait_bucket{b="nas",le="1"} 2"#,
                #"wait_bucket{b="nas",le="+Inf"} 5"#, #"wait_sum{b="nas"} 9.5"#, #"wait_count{b="nas"} 5"#,
            ]
        )
    }

    @Test func `the value of a label cannot end it, and a number has no point where it is whole`() {
        var text = MetricsText()
        text.add("x", .gauge, "X.", [.init([("l", "a\"b\\c\nd")], -7), .init([("l", "é")], 123_456_789_012)])
        #expect(
            text.text.text.split(separator: "\n").dropFirst(2) == [#"x{l="a\"b\\c\nd"} -7"#, #"x{l="é"} 123456789012"#]
        )
    }
}
