import Glibc
import Logging

/// The journal of systemd, where standard error leads to it.
///
/// A line for it begins with its priority (sd-daemon(3)), which it takes off and keeps.
enum Journal {
    /// Whether standard error is the journal's: the stream that `JOURNAL_STREAM` names (systemd.exec(5)).
    static let isStandardError: Bool = {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }()

    /// What a line of a level begins with.
    static func mark(_ level: Logger.Level) -> String { "<\(level.priority)>" }

    /// The text with the priority of a level before each of its lines, where it goes to the journal.
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
    /// The priority of syslog(3).
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
