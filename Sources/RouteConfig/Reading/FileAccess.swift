import Glibc

/// Reads files and finds included ones.
enum FileAccess {
    /// What came of reading a file.
    enum Content {
        case bytes([UInt8])
        /// The file has more than the limit; no more than that was read.
        case tooLarge
        case directory
        /// The system's error number.
        case failed(Int32)
    }

    /// Reads a file, but no more than `limit` bytes and one of it.
    ///
    /// A pipe may be read too, as a shell makes it of `<(command)`; a router that reloads does not wait for all that its writer
    /// has to say longer than ``patience``.
    static func read(_ path: String, limit: Int) -> Content {
        var descriptor: Int32
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { return .failed(errno) }
        defer { close(descriptor) }
        return self.read(descriptor: descriptor, limit: limit, until: ContinuousClock.now + self.patience)
    }

    /// How long the writer of a pipe may take for all of it.
    static let patience = Duration.seconds(3)

    /// Reads an open file to its end. The descriptor stays open.
    ///
    /// - Parameters:
    ///   - descriptor: The file.
    ///   - limit: Bytes that are read at most, but for one.
    ///   - end: How long the writer of a pipe is waited for; as long as it takes without one.
    /// - Returns: What came of it.
    static func read(descriptor: Int32, limit: Int, until end: ContinuousClock.Instant? = nil) -> Content {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failed(errno) }
        if status.st_mode & S_IFMT == S_IFDIR { return .directory }
        if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) > limit { return .tooLarge }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { return .failed(errno) }
                let left = end.map { ContinuousClock.now.duration(to: $0) / .milliseconds(1) }
                if let left, left <= 0 { return .failed(ETIMEDOUT) }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                poll(&waiting, 1, left.map { Int32($0.rounded(.up)) } ?? -1)
                continue
            }
            if count == 0 { return .bytes(bytes) }
            bytes += chunk[..<count]
        }
        return .tooLarge
    }

    /// What tells one file from another, whatever path leads to it.
    ///
    /// - Throws: The system's error number.
    static func identity(_ path: String) throws(FileAccessError) -> FileIdentity {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileAccessError(number: errno) }
        return FileIdentity(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            isDirectory: status.st_mode & S_IFMT == S_IFDIR
        )
    }

    /// The system's words for an error number.
    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// Why a file cannot be looked at.
struct FileAccessError: Error {
    /// The system's error number.
    let number: Int32

    /// Whether nothing is at the path, as at the end of a symbolic link that leads nowhere.
    var meansNothingThere: Bool { self.number == ENOENT || self.number == ENOTDIR }
}

/// A file by where it is stored.
struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
    var isDirectory: Bool

    /// Whether both are stored at the same place.
    static func == (left: FileIdentity, right: FileIdentity) -> Bool {
        left.device == right.device && left.inode == right.inode
    }

    /// Hashes what `==` compares.
    func hash(into hasher: inout Hasher) {
        hasher.combine(self.device)
        hasher.combine(self.inode)
    }
}
