import Foundation
import Glibc

/// A named pipe that is full and that nobody reads: a write to it blocks.
final class UnreadPipe: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes one in a folder.
    init(in folder: TemporaryFolder) throws {
        self.path = folder.newFile("pipe").path
        guard mkfifo(self.path, 0o666) == 0 else { throw SystemFailure("make \(self.path)") }
        self.descriptor = open(self.path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard self.descriptor >= 0 else { throw SystemFailure("open \(self.path)") }
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(self.descriptor, bytes, bytes.count) > 0 {}
        guard errno == EAGAIN else { throw SystemFailure("fill \(self.path)") }
    }

    deinit {
        close(self.descriptor)
    }
}
