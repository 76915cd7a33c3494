/// Parses and formats durations: a number and a unit.
enum DurationText {
    /// The maximum: one year.
    static let maximum = Duration.seconds(365 * 86400)

    /// The units, the shortest first.
    private static let units: [(name: String, length: Duration)] = [
        ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ("d", .seconds(86400)),
    ]

    /// Parses a duration from `minimum` to ``maximum``, such as `250ms`, `10s`, `5m`, `2h` or `3d`.
    static func duration(_ text: String, minimum: Duration, orNone: Bool) throws(Flaw) -> Duration {
        let digits = text.prefix { ("0"..."9").contains($0) }
        let unit = text[digits.endIndex...]
        guard let length = self.units.first(where: { $0.name == unit })?.length, let number = self.whole(digits) else {
            throw Flaw(
                .duration(text, expected: "a duration", help: self.help(digits: digits, unit: unit, orNone: orNone))
            )
        }
        guard number <= Int(self.maximum / length) else {
            throw Flaw(
                .duration(text, expected: "at most 365d", help: "write a shorter one" + (orNone ? ", or `none`" : ""))
            )
        }
        let duration = length * number
        guard duration >= minimum else {
            let help =
                number == 0 && orNone ? "for no limit write `none`" : "write \(self.text(minimum).quoted) or more"
            throw Flaw(.duration(text, expected: "at least \(self.text(minimum))", help: help))
        }
        return duration
    }

    /// Formats a duration in the greatest unit that leaves no remainder.
    static func text(_ duration: Duration) -> String {
        for unit in self.units.reversed() {
            let count = Int(duration / unit.length)
            if count > 0, unit.length * count == duration { return "\(count)\(unit.name)" }
        }
        return "0s"
    }

    /// Returns the digits as a number; `nil` for more than nine digits.
    private static func whole(_ digits: Substring) -> Int? {
        (1...9).contains(digits.utf8.count) ? Int(digits) : nil
    }

    /// Returns the remedy, with the probable meaning of the text.
    private static func help(digits: Substring, unit: Substring, orNone: Bool) -> String {
        let none = orNone ? ", or `none`" : ""
        guard !digits.isEmpty, digits.utf8.count <= 9 else {
            return "write a number and a unit: `250ms`, `10s`, `5m`, `2h`, `3d`\(none)"
        }
        let name: String? =
            switch unit.lowercased().filter({ $0 != " " }) {
            case "": "s"
            case "ms", "msec", "millis", "milliseconds": "ms"
            case "s", "sec", "secs", "second", "seconds": "s"
            case "m", "min", "mins", "minute", "minutes": "m"
            case "h", "hr", "hrs", "hour", "hours": "h"
            case "d", "day", "days": "d"
            default: nil
            }
        if let name { return "write \("\(digits)\(name)".quoted)" + (unit.isEmpty ? " for seconds" : "") }
        return "the units are `ms`, `s`, `m`, `h` and `d`, and numbers are whole: for example `\(digits)s`"
    }
}
