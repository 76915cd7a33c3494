import Logging
import NetBIOSRouter

/// How a log line is written.
enum LogFormat: String, CaseIterable, Sendable {
    /// `time=… level=info msg="session ended" id=…`
    case logfmt
    /// One JSON object a line, with the same keys.
    case json
}

/// Writes each log event as one line on standard error: the time, the level, the message, then the facts in ``LogKey``'s order.
///
/// Lines of several threads do not mix. Everything that came from the wire is
/// escaped, so one event is always one line.
struct LineLogHandler: LogHandler {
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var facts = self.metadata
        if let more = event.metadata { facts.merge(more) { $1 } }
        StandardError.write(
            Self.line(event.message.description, level: event.level, facts: facts, format: self.format)
        )
    }

    /// One line of the log, with its line feed.
    static func line(_ message: String, level: Logger.Level, facts: Logger.Metadata, format: LogFormat) -> String {
        let ordered = facts.map { (rank: self.rank[$0.key] ?? .max, key: $0.key, value: "\($0.value)") }
            .sorted { ($0.rank, $0.key) < ($1.rank, $1.key) }
        var line = LogLine(format: format)
        line.append("time", Timestamp.now().description)
        line.append("level", level.rawValue)
        line.append("msg", message)
        for fact in ordered { line.append(fact.key, fact.value) }
        return Journal.marked(line.finished(), level)
    }

    /// Where each key stands in a line.
    private static let rank = Dictionary(
        uniqueKeysWithValues: LogKey.allCases.enumerated().map { ($0.element.rawValue, $0.offset) }
    )
}

/// One line of the log while it is put together.
struct LogLine {
    private let format: LogFormat
    private var text = ""

    init(format: LogFormat) {
        self.format = format
    }

    mutating func append(_ key: String, _ value: String) {
        switch self.format {
        case .logfmt:
            if !self.text.isEmpty { self.text += " " }
            self.text += "\(key)=\(Self.needsQuotes(value) ? Self.quoted(value) : value)"
        case .json:
            self.text += self.text.isEmpty ? "{" : ","
            self.text += "\(Self.quoted(key)):"
            self.text += LogKey(rawValue: key)?.isNumber == true ? value : Self.quoted(value)
        }
    }

    /// The line with its line feed.
    func finished() -> String {
        switch self.format {
        case .logfmt: self.text + "\n"
        case .json: self.text + "}\n"
        }
    }

    private static func needsQuotes(_ value: String) -> Bool {
        value.isEmpty
            || value.unicodeScalars.contains { scalar in
                scalar.value <= 0x20 || scalar.value == 0x7F || "\"=\\".unicodeScalars.contains(scalar)
            }
    }

    /// In double quotes, with what JSON and logfmt both escape.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
