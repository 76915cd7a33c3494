import Glibc
import Sockets

/// Identifies the process of the router that runs with a routes file, since process names can be chosen freely.
struct RunningRouter {
    /// The process that listens on the control socket; `nil` if there is none, or permission is denied.
    private let controlProcess: Int?
    /// The identity of the routes file.
    private let file: StoredFile?
    /// The file that a router reads by default.
    private let defaultFile: String

    private struct StoredFile: Equatable {
        let device: dev_t
        let inode: ino_t

        /// Reads the identity of a file; `nil` if it does not exist.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (self.device, self.inode) = (status.st_dev, status.st_ino)
        }
    }

    /// - Parameters:
    ///   - control: The path of the control socket in the file.
    ///   - file: The routes file; `nil` if the configuration was not read from a file.
    ///   - defaultFile: The file that a router reads by default.
    init(control: String?, file: String?, defaultFile: String) {
        self.controlProcess = control.flatMap(Self.process(listeningAt:))
        self.file = file.flatMap { StoredFile($0) }
        self.defaultFile = defaultFile
    }

    /// Whether a process is the router: it listens on the control socket, or was started with the file.
    func isProcess(_ pid: Int) -> Bool {
        if pid == self.controlProcess { return true }
        let arguments = SmallFile.bytes(of: "/proc/\(pid)/cmdline").split(
            separator: 0,
            omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        guard let file, arguments.contains("run") else { return false }
        let path = Self.file(in: arguments) ?? self.defaultFile
        // A relative path starts at the process's working directory, which only root and its own user can read.
        return StoredFile(path.hasPrefix("/") ? path : "/proc/\(pid)/cwd/\(path)") == file
    }

    /// Returns the value of `--config` in a command line.
    private static func file(in arguments: [String]) -> String? {
        for (argument, next) in zip(arguments, arguments.dropFirst() + [""]) {
            if argument == "--config" { return next }
            if argument.hasPrefix("--config=") { return String(argument.dropFirst("--config=".count)) }
        }
        return nil
    }

    /// Returns the process that listens on a Unix socket (unix(7), SO_PEERCRED).
    private static func process(listeningAt path: String) -> Int? {
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
