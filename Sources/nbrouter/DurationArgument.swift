import ArgumentParser

/// A duration on the command line: an integer and a unit, `500ms`, `30s`, `5m` or `1h`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    /// The argument as written.
    let description: String
    let duration: Duration

    /// The maximum; longer durations are clamped, since clocks that count nanoseconds would overflow.
    private static let longest = Duration.seconds(366 * 86_400)

    /// Makes a default of some seconds.
    static func seconds(_ count: Int) -> DurationArgument {
        DurationArgument(description: "\(count)s", duration: .seconds(count))
    }

    private init(description: String, duration: Duration) {
        self.description = description
        self.duration = duration
    }

    init?(argument: String) {
        let units: [(String, Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ]
        for (suffix, unit) in units where argument.hasSuffix(suffix) {
            guard let count = Int32(argument.dropLast(suffix.count)), count >= 0 else { continue }
            self.init(description: argument, duration: min(unit * Int(count), Self.longest))
            return
        }
        return nil
    }

    /// Checks that there is time to wait for.
    func checkTimeout() throws {
        guard self.duration > .zero else { throw ValidationError("--timeout must be more than 0.") }
    }

    var defaultValueDescription: String { self.description }
}
