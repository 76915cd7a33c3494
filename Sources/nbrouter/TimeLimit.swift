import ArgumentParser

/// A duration on the command line: 500ms, 30s, 5m, 2h.
struct TimeLimit: ExpressibleByArgument, CustomStringConvertible {
    let description: String
    let duration: Duration

    /// A number of seconds, as a default.
    init(seconds: Int) {
        self.description = "\(seconds)s"
        self.duration = .seconds(seconds)
    }

    init?(argument: String) {
        let units: [(String, Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ]
        for (suffix, unit) in units where argument.hasSuffix(suffix) {
            guard let count = Int32(argument.dropLast(suffix.count)), count >= 0 else { continue }
            self.description = argument
            self.duration = unit * Int(count)
            return
        }
        return nil
    }

    var defaultValueDescription: String { self.description }
}
