/// The health checks that a configuration asks for: each backend's at the shortest interval of its routes.
struct HealthCheckLoad {
    private var intervals: [Backend: Located<Duration>] = [:]

    /// Checks a second, of all backends, from which a warning is due: about a tenth of a processor.
    static let limit = 1_000

    /// Adds the checks of one route; `place` is where the interval is written, or the route.
    mutating func add(_ backends: [Backend], every interval: Duration, at place: TextRange) {
        for backend in backends {
            if let shortest = self.intervals[backend]?.value, shortest <= interval { continue }
            self.intervals[backend] = Located(value: interval, range: place)
        }
    }

    /// The problem, and the place of the shortest interval, the first of several; `nil` below the limit.
    var problem: (problem: RelationProblem, place: TextRange)? {
        // In checks of a thousand seconds; an interval is whole milliseconds, and at least one.
        let load = self.intervals.values.reduce(0) { $0 + 1_000_000 / max(1, Int($1.value / .milliseconds(1))) }
        guard load >= Self.limit * 1_000,
            let first = self.intervals.values.min(by: { left, right in
                (left.value, left.range.file, left.range.start) < (right.value, right.range.file, right.range.start)
            })
        else { return nil }
        // The first whole second at which all of them are below the limit.
        let enough = Duration.seconds(self.intervals.count / Self.limit + 1)
        return (.manyHealthChecks(load / 1_000, backends: self.intervals.count, enough: enough), first.range)
    }
}

extension ConfigurationReader {
    /// Warns of health checks that keep a good part of a processor busy.
    mutating func checkHealthChecks() {
        var load = HealthCheckLoad()
        for draft in self.drafts where draft.route.healthCheck != .none {
            let written = draft.healthInterval
            load.add(
                draft.servers.map(\.value),
                every: written?.value ?? draft.route.healthInterval,
                at: written?.range ?? draft.range
            )
        }
        if let (problem, place) = load.problem { self.report(.relation(problem), at: place) }
    }
}
