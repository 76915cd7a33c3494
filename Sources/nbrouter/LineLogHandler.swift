import Logging
import NetBIOSRouter

/// The formats of log lines.
enum LogFormat: String, CaseIterable, Sendable {
    /// `time=… level=info msg="session ended" id=…`
    case logfmt
    /// One JSON object a line, with the same keys.
    case json
}

/// Writes each log event as one line to standard error: time, level, message, then facts in ``LogKey``'s order.
///
/// Lines are written atomically, and values from the network are escaped, so that an event is always one line.
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

    /// Formats a log line with its line feed.
    static func line(_ message: String, level: Logger.Level, facts: Logger.Metadata, format: LogFormat) -> [UInt8] {
        var others = facts
        let facts = others.takeFacts()
        var line = LogLine(format, level)
        line.append("time", Timestamp.now().description)
        line.append("level", level.rawValue)
        line.append("msg", message)
        for (key, text) in facts.texts { line.append(key.rawValue, text, isNumber: key.isNumber) }
        // Metadata of a library has its own keys.
        for (key, value) in others.sorted(by: { $0.key < $1.key }) { line.append(key, value.description) }
        return line.finished()
    }
}

/// A log line under construction.
///
/// Writes bytes instead of using ``JSONText``: a busy router writes thousands of lines a second, and JSONEncoder takes
/// 21 µs for a line with twelve facts, this 3 µs.
struct LogLine {
    private let format: LogFormat
    private var bytes: [UInt8] = []
    /// Whether the line is still empty.
    private var isFirst = true

    init(_ format: LogFormat, _ level: Logger.Level) {
        self.format = format
        self.bytes.reserveCapacity(512)
        if Journal.isStandardError { self.put(Journal.mark(level)) }
        if format == .json { self.bytes.append(UInt8(ascii: "{")) }
    }

    /// Appends a value; JSON writes numbers without quotes.
    mutating func append(_ key: String, _ value: String, isNumber: Bool = false) {
        switch self.format {
        case .logfmt:
            if !self.isFirst { self.bytes.append(UInt8(ascii: " ")) }
            self.put(key)
            self.bytes.append(UInt8(ascii: "="))
            let isPut = value.isEmpty ? false : self.put(value, unless: Self.needsQuotes)
            if !isPut { self.appendQuoted(value) }
        case .json:
            if !self.isFirst { self.bytes.append(UInt8(ascii: ",")) }
            self.appendQuoted(key)
            self.bytes.append(UInt8(ascii: ":"))
            if isNumber { self.put(value) } else { self.appendQuoted(value) }
        }
        self.isFirst = false
    }

    /// Returns the line with its line feed.
    consuming func finished() -> [UInt8] {
        if self.format == .json { self.bytes.append(UInt8(ascii: "}")) }
        self.bytes.append(UInt8(ascii: "\n"))
        return self.bytes
    }

    /// Appends text unchanged.
    private mutating func put(_ text: String) { _ = self.put(text) { _ in false } }

    /// Appends text unchanged, unless it contains a forbidden byte.
    ///
    /// - Returns: Whether the text was appended.
    private mutating func put(_ text: String, unless isForbidden: (UInt8) -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            guard !utf8.contains(where: isForbidden) else { return false }
            self.bytes.append(contentsOf: utf8)
            return true
        }
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch byte {
        case ...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"): true
        default: false
        }
    }

    /// Appends a quoted value with the escapes that JSON and logfmt share.
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
