import Glibc
import Logging

/// Output to systemd's journal through standard error.
///
/// Each line starts with its priority, which the journal strips (sd-daemon(3)).
enum Journal {
    /// Whether standard error is the journal stream that `JOURNAL_STREAM` identifies (systemd.exec(5)).
    static let isStandardError: Bool = {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }()

    /// Returns the line prefix for a log level.
    static func mark(_ level: Logger.Level) -> String { "<\(level.priority)>" }

    /// Adds the priority prefix to each line if standard error is the journal.
    static func marked(_ text: String, _ level: Logger.Level) -> String {
        guard self.isStandardError else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isEnded = lines.last?.isEmpty == true
        let mark = self.mark(level)
        let marked = lines.dropLast(isEnded ? 1 : 0).map { mark + $0 }
        return marked.joined(separator: "\n") + (isEnded ? "\n" : "")
    }
}

extension Logger.Level {
    /// The syslog(3) priority.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
