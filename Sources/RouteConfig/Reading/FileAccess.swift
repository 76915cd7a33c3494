import Glibc

/// Reads files, none of them for longer than a load may take.
enum FileAccess {
    /// The outcome of reading a file.
    enum Content {
        case bytes([UInt8])
        /// The file is larger than the limit.
        case tooLarge
        case directory
        /// A pipe, a socket or a device where only regular files are read.
        case irregular
        /// The system's error number.
        case failed(Int32)
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Bytes that are read at most, but for one.
    ///   - isRegular: Whether it must be a regular file. A pipe, as a shell makes it of `<(command)`, may be read otherwise.
    ///   - end: How long the writer of a pipe is waited for.
    /// - Returns: The outcome.
    static func read(
        _ path: String,
        limit: Int,
        isRegular: Bool = false,
        until end: ContinuousClock.Instant
    ) -> Content {
        var descriptor: Int32
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { return .failed(errno) }
        defer { close(descriptor) }
        return self.read(descriptor: descriptor, limit: limit, isRegular: isRegular, until: end)
    }

    /// Reads an open file to its end. The descriptor stays open.
    ///
    /// - Parameters:
    ///   - descriptor: The file.
    ///   - limit: Bytes that are read at most, but for one.
    ///   - isRegular: Whether it must be a regular file.
    ///   - end: How long the writer of a pipe is waited for; as long as it takes without one.
    /// - Returns: The outcome.
    static func read(
        descriptor: Int32,
        limit: Int,
        isRegular: Bool = false,
        until end: ContinuousClock.Instant? = nil
    ) -> Content {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failed(errno) }
        if status.st_mode & S_IFMT == S_IFDIR { return .directory }
        if isRegular, status.st_mode & S_IFMT != S_IFREG { return .irregular }
        if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) > limit { return .tooLarge }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= limit {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // A regular file that has nothing to read yet is one of the kernel's, such as /proc/kmsg.
                guard errno == EAGAIN, !isRegular else { return .failed(errno) }
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

    /// Returns the identity of a file, which does not depend on its path.
    ///
    /// - Throws: The system's error number.
    static func identity(_ path: String) throws(FileAccessError) -> FileIdentity {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileAccessError(number: errno) }
        return FileIdentity(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            isDirectory: status.st_mode & S_IFMT == S_IFDIR,
            isRegular: status.st_mode & S_IFMT == S_IFREG
        )
    }

    /// Returns the system's text for an error number.
    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// The reason why a file's identity is unavailable.
struct FileAccessError: Error {
    /// The system's error number.
    let number: Int32

    /// Whether no file is at the path, or at the target of a symbolic link.
    var meansNothingThere: Bool { self.number == ENOENT || self.number == ENOTDIR }
}

/// A file's device and inode.
struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
    var isDirectory: Bool
    var isRegular: Bool

    /// Whether both have the same device and inode.
    static func == (left: FileIdentity, right: FileIdentity) -> Bool {
        left.device == right.device && left.inode == right.inode
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(self.device)
        hasher.combine(self.inode)
    }
}
