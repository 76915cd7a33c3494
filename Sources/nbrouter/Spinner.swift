import Glibc
import Sockets
import Synchronization

/// A spinner on standard error, on terminals only.
final class Spinner: Sendable {
    private let isShown: Bool
    private let what: String
    private let progress = Mutex("")
    private let task = Mutex<Task<Void, Never>?>(nil)

    private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    private static let plainFrames = ["|", "/", "-", "\\"]

    /// Shows the spinner.
    init(_ what: String) {
        self.what = what
        self.isShown = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
        guard self.isShown else { return }
        let frames = Self.isUnicode ? Self.frames : Self.plainFrames
        self.task.withLock { task in
            task = Task { [self] in
                for step in 0... {
                    let progress = self.progress.withLock { $0 }
                    let line = "\(frames[step % frames.count]) \(self.what)\(progress.isEmpty ? "" : ": \(progress)")"
                    StandardError.write("\r\u{1B}[K\(line)")
                    do { try await TaskPool.sleep(for: .milliseconds(100)) } catch { return }
                }
            }
        }
    }

    /// Whether the terminal uses UTF-8.
    private static var isUnicode: Bool {
        let names: [String] = ["LC_ALL", "LC_CTYPE", "LANG"]
        let name = names.lazy.compactMap { name in getenv(name).map { String(cString: $0) } }.first { !$0.isEmpty }
        return name?.uppercased().contains("UTF") ?? false
    }

    /// Updates the progress text.
    func say(_ progress: String) {
        self.progress.withLock { $0 = progress }
    }

    /// Stops the spinner and erases its line.
    func stop() async {
        guard let task = self.task.withLock({ $0 }) else { return }
        task.cancel()
        // The last frame is then written, and cannot follow the erasure.
        await task.value
        StandardError.write("\r\u{1B}[K")
        StandardError.flush()
    }
}
