import Foundation
import Glibc
import Synchronization

/// A fresh folder for one test's files. `NBROUTER_KEEP_FILES` in the environment keeps it for inspection.
///
/// Its path is short, since that of a socket may have at most 107 bytes.
final class TemporaryFolder: Sendable {
    let url: URL
    private let count = Mutex(0)

    init() throws {
        var template = FileManager.default.temporaryDirectory.appendingPathComponent("nbr-XXXXXX").path.utf8CString
        let path = template.withUnsafeMutableBufferPointer { characters in
            characters.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let path else { throw SystemFailure("make a temporary folder") }
        self.url = URL(fileURLWithPath: path, isDirectory: true)
        // Programs that drop root, such as smbd's sessions, must be able to traverse it.
        chmod(self.url.path, 0o755)
    }

    /// Returns an unused path in the folder.
    func newFile(_ purpose: String) -> URL {
        let number = self.count.withLock { count in
            count += 1
            return count
        }
        return self.url.appendingPathComponent("\(number)-\(purpose)")
    }

    /// A new, empty folder in it that everybody may read.
    func newFolder(_ purpose: String) throws -> URL {
        let folder = self.newFile(purpose)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        chmod(folder.path, 0o755)
        return folder
    }

    /// Writes a text into a new file.
    func write(_ text: String, named purpose: String) throws -> URL {
        let file = self.newFile(purpose)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Deletes it with its content.
    func remove() {
        guard ProcessInfo.processInfo.environment["NBROUTER_KEEP_FILES"] == nil else { return }
        try? FileManager.default.removeItem(at: self.url)
    }
}
