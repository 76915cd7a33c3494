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
        let more = event.metadata ?? [:]
        let facts = self.metadata.isEmpty ? more : self.metadata.merging(more) { $1 }
        StandardError.write(
            Self.line(event.message.description, level: event.level, facts: facts, format: self.format)
        )
    }

    /// One line of the log, with its line feed.
    static func line(_ message: String, level: Logger.Level, facts: Logger.Metadata, format: LogFormat) -> String {
        // To sort them would cost as much as all the rest.
        var values = [String?](repeating: nil, count: self.keys.count)
        var others: [(key: String, value: String)] = []
        for (key, value) in facts {
            // Nearly all are strings, and a string's description is a copy.
            let text = if case .string(let text) = value { text } else { value.description }
            if let rank = self.rank[key] { values[rank] = text } else { others.append((key, text)) }
        }
        var line = LogLine(format: format)
        line.append("time", Timestamp.now().description)
        line.append("level", level.rawValue)
        line.append("msg", message)
        for case (let key, let value?) in zip(self.keys, values) { line.append(key, value) }
        for (key, value) in others.sorted(by: { $0.key < $1.key }) { line.append(key, value) }
        return Journal.marked(line.finished(), level)
    }

    /// The keys in the order of a line.
    private static let keys = LogKey.allCases.map(\.rawValue)

    /// Where each key stands in a line.
    private static let rank = Dictionary(uniqueKeysWithValues: zip(Self.keys, Self.keys.indices))
}

/// One line of the log while it is put together.
///
/// As bytes: a busy router writes some thousand lines a second.
struct LogLine {
    private let format: LogFormat
    private var bytes: [UInt8] = []

    init(format: LogFormat) {
        self.format = format
        self.bytes.reserveCapacity(512)
    }

    mutating func append(_ key: String, _ value: String) {
        switch self.format {
        case .logfmt:
            if !self.bytes.isEmpty { self.bytes.append(UInt8(ascii: " ")) }
            self.bytes += key.utf8
            self.bytes.append(UInt8(ascii: "="))
            if value.isEmpty || value.utf8.contains(where: Self.needsQuotes) {
                self.appendQuoted(value)
            } else {
                self.bytes += value.utf8
            }
        case .json:
            self.bytes.append(self.bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            self.appendQuoted(key)
            self.bytes.append(UInt8(ascii: ":"))
            if LogKey(rawValue: key)?.isNumber == true {
                self.bytes += value.utf8
            } else {
                self.appendQuoted(value)
            }
        }
    }

    /// The line with its line feed.
    func finished() -> String {
        switch self.format {
        case .logfmt: String(decoding: self.bytes + "\n".utf8, as: UTF8.self)
        case .json: String(decoding: self.bytes + "}\n".utf8, as: UTF8.self)
        }
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch byte {
        case ...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"): true
        default: false
        }
    }

    /// Appends a value in double quotes, with what JSON and logfmt both escape.
    private mutating func appendQuoted(_ value: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): self.bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): self.bytes += "\\n".utf8
            case UInt8(ascii: "\t"): self.bytes += "\\t".utf8
            case ..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                self.bytes += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
