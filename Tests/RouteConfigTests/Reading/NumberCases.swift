import RouteConfig

/// One route, to append to a case.
private let route = "routes: [{name: A, backend: b}]\n"

extension DiagnosticCase {
    /// Cases of durations, sizes and words.
    static let numbers: [DiagnosticCase] = [
        .init(
            .badDuration,
            "names: {ttl: ①10}\n" + route,
            at: "10",
            "`10` is not a duration",
            help: "write `10s` for seconds"
        ),
        .init(
            .badDuration,
            "sessions: {idle_timeout: ①5 minutes}\n" + route,
            at: "5 minutes",
            "`5 minutes` is not a duration",
            help: "write `5m`"
        ),
        .init(
            .badDuration,
            "sessions: {idle_timeout: ①1.5h}\n" + route,
            at: "1.5h",
            "`1.5h` is not a duration",
            help: "the units are `ms`, `s`, `m`, `h` and `d`, and numbers are whole: for example `1s`"
        ),
        .init(
            .badDuration,
            "sessions: {idle_timeout: ①0s}\n" + route,
            at: "0s",
            "`0s` is not at least 1ms",
            help: "for no limit write `none`"
        ),
        .init(
            .badDuration,
            "names: {ttl: ①none}\n" + route,
            at: "none",
            "`none` is not a duration",
            help: "write a number and a unit: `250ms`, `10s`, `5m`, `2h`, `3d`"
        ),
        .init(
            .badDuration,
            "names: {ttl: ①366d}\n" + route,
            at: "366d",
            "`366d` is not at most 365d",
            help: "write a shorter one"
        ),
        .init(
            .badSize,
            "sessions: {max_sessions: ①0}\n" + route,
            at: "0",
            "`0` is not a number from 1 to 1000000",
            help: "for no limit write `none`; 0 would refuse every session"
        ),
        .init(
            .badSize,
            "sessions: {max_pending: ①unlimited}\n" + route,
            at: "unlimited",
            "`unlimited` is not a number from 1 to 1000000",
            help: "for no limit write `none`"
        ),
        .init(
            .badSize,
            "names: {claim_rate: ①fast}\n" + route,
            at: "fast",
            "`fast` is not a number from 1 to 10000",
            help: "write digits alone"
        ),
        .init(
            .badChoice,
            "names: {node_type: ①hybird, wins_servers: 192.0.2.1}\n" + route,
            at: "hybird",
            "`hybird` is not one of `broadcast`, `point`, `mixed` or `hybrid`",
            help: "did you mean `hybrid`?"
        ),
        .init(
            .badChoice,
            "names: {announce: ①yes}\n" + route,
            at: "yes",
            "`yes` is not one of `true` or `false`",
            help: "did you mean `true`?"
        ),
        .init(
            .badChoice,
            "routes: [{name: A, backend: b, on_remove: ①drain}]\n",
            at: "drain",
            "`drain` is not one of `keep` or `close`",
            help: "write `keep` or `close`"
        ),
    ]
}
