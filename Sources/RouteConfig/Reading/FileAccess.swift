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
    /// A pipe may be read too, as a shell makes it of `<(command)`; a router that reloads does not wait for its writer longer
    /// than ``patience``.
    static func read(_ path: String, limit: Int) -> Content {
        var descriptor: Int32
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { return .failed(errno) }
        defer { close(descriptor) }
        return self.read(descriptor: descriptor, limit: limit)
    }

    /// How long a pipe may keep silent, in milliseconds.
    private static let patience: Int32 = 3000

    /// Reads an open file to its end. The descriptor stays open.
    static func read(descriptor: Int32, limit: Int) -> Content {
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
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, self.patience) > 0 else { return .failed(ETIMEDOUT) }
                continue
            }
            if count == 0 { return .bytes(bytes) }
            bytes += chunk[..<count]
        }
        return .tooLarge
    }

    /// What tells one file from another, whatever path leads to it; `nil` when nothing is there.
    static func identity(_ path: String) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileIdentity(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            isDirectory: status.st_mode & S_IFMT == S_IFDIR
        )
    }

    /// The paths that match a pattern of the shell, sorted by their bytes, whatever the locale.
    static func paths(matching pattern: String) -> [String] {
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(pattern, GLOB_NOSORT, nil, &matches) == 0, let paths = matches.gl_pathv else { return [] }
        return (0..<Int(matches.gl_pathc))
            .compactMap { index in paths[index].map { String(cString: $0) } }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The system's words for an error number.
    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
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
