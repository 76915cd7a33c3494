import Glibc
import Sockets

/// Tells the router that runs with a routes file from other processes, which may have any name.
struct RunningRouter {
    /// The process behind the file's control socket; `nil` when nobody answers, or this user may not ask.
    private let controlProcess: Int?
    /// The file, by where it is stored.
    private let file: StoredFile?
    /// The file of a router that was started without naming one.
    private let defaultFile: String

    private struct StoredFile: Equatable {
        let device: dev_t
        let inode: ino_t

        /// What is at a path; `nil` for nothing.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (self.device, self.inode) = (status.st_dev, status.st_ino)
        }
    }

    /// - Parameters:
    ///   - control: The path of the control socket that the file names.
    ///   - file: The file; `nil` when it was read from elsewhere.
    ///   - defaultFile: The file that a router reads that was told of none.
    init(control: String?, file: String?, defaultFile: String) {
        self.controlProcess = control.flatMap(Self.process(behind:))
        self.file = file.flatMap { StoredFile($0) }
        self.defaultFile = defaultFile
    }

    /// Whether a process is the router: it answers on the control socket, or it was started with the file.
    func isProcess(_ pid: Int) -> Bool {
        if pid == self.controlProcess { return true }
        let arguments = SmallFile.bytes(of: "/proc/\(pid)/cmdline").split(
            separator: 0,
            omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        guard let file, arguments.contains("run") else { return false }
        let path = Self.file(in: arguments) ?? self.defaultFile
        // A relative path begins where the process is, which root alone and its own user may know.
        return StoredFile(path.hasPrefix("/") ? path : "/proc/\(pid)/cwd/\(path)") == file
    }

    /// The value of `--config` on a command line.
    private static func file(in arguments: [String]) -> String? {
        for (argument, next) in zip(arguments, arguments.dropFirst() + [""]) {
            if argument == "--config" { return next }
            if argument.hasPrefix("--config=") { return String(argument.dropFirst("--config=".count)) }
        }
        return nil
    }

    /// The process that listens on a Unix socket (unix(7), SO_PEERCRED).
    private static func process(behind path: String) -> Int? {
        guard let address = UnixSocketAddress(path) else { return nil }
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard address.withSocketAddress({ connect(descriptor, $0, $1) }) == 0 else { return nil }
        // A `struct ucred`: process, user and group.
        var credentials: [Int32] = [0, 0, 0]
        var length = socklen_t(credentials.count * MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return Int(credentials[0])
    }
}
