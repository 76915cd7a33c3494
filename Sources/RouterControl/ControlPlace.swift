import Glibc
import Sockets
import SystemPackage

/// The place of a control socket, locked: the name in a directory that one router at a time serves.
///
/// All work is done through the descriptor of the directory, and nothing follows a link at the name: another user who may
/// write in the directory loses and gains their own entries alone. The lock is flock(2) on `NAME.lock` beside the socket; it
/// ends with the process.
final class ControlPlace: Sendable {
    private let directory: OwnedDescriptor
    private let lock: OwnedDescriptor
    private let name: String

    private init(_ directory: consuming OwnedDescriptor, _ name: String, lock: consuming OwnedDescriptor) {
        self.directory = directory
        self.name = name
        self.lock = lock
    }

    deinit { unlinkat(self.directory.rawValue, Self.lockName(self.name), 0) }

    /// A file by where it is stored.
    struct FileIdentity: Hashable, Sendable {
        private let device: DeviceID
        private let inode: Inode

        fileprivate init(_ status: Stat) {
            self.device = status.deviceID
            self.inode = status.inode
        }
    }

    /// The state of the name in the directory.
    enum Content {
        case nothing
        /// A socket on which nobody listens.
        case staleSocket(FileIdentity)
        /// A socket on which somebody listens, also one whose queue is full or that this user may not connect to.
        case liveSocket
        /// Something else than a socket, also a link to one.
        case otherFile
        /// A system call failed with this number.
        case unknown(CInt)
    }

    /// Attempts to lock a file that its holder removes at the same moment.
    private static let attemptLimit = 16

    private static func lockName(_ name: String) -> String { name + ".lock" }

    // MARK: - Lock

    /// Locks a path. A missing directory is made, where it is the last of the path alone.
    ///
    /// - Throws: ``ControlSocketError``, of the reason `inUse` where another router has the lock or listens.
    static func lock(_ path: String) throws(ControlSocketError) -> ControlPlace {
        let (parent, name) = self.parts(of: path)
        let directory = try self.directory(parent, of: path)
        // A router of another user has a lock file that this one cannot open.
        if case .liveSocket = self.content(name, in: directory.rawValue) {
            throw ControlSocketError(path: path, reason: .inUse)
        }
        for _ in 0..<self.attemptLimit {
            let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
            let file = openat(directory.rawValue, self.lockName(name), flags, 0o600)
            guard file >= 0 else { throw ControlSocketError(path: path, reason: .system(errno)) }
            let lock = OwnedDescriptor(file)
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                throw ControlSocketError(path: path, reason: errno == EWOULDBLOCK ? .inUse : .system(errno))
            }
            if self.identity(of: file) == self.identity(of: self.lockName(name), in: directory.rawValue) {
                return ControlPlace(directory, name, lock: lock)
            }
        }
        throw ControlSocketError(path: path, reason: .inUse)
    }

    /// Whether a path leads to this place still.
    func isPlace(of path: String) -> Bool {
        let (parent, name) = Self.parts(of: path)
        guard name == self.name, let found = Self.opened(parent) else { return false }
        return Self.identity(of: found.rawValue) == Self.identity(of: self.directory.rawValue)
    }

    private static func parts(of path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static func opened(_ directory: String) -> OwnedDescriptor? {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return descriptor < 0 ? nil : OwnedDescriptor(descriptor)
    }

    private static func directory(
        _ directory: String,
        of path: String
    ) throws(ControlSocketError) -> OwnedDescriptor {
        if let found = self.opened(directory) { return found }
        if errno == ENOENT, mkdir(directory, 0o755) == 0 || errno == EEXIST, let made = self.opened(directory) {
            return made
        }
        throw ControlSocketError(path: path, reason: .system(errno))
    }

    // MARK: - The socket's file

    /// The state of the name now.
    var content: Content { Self.content(self.name, in: self.directory.rawValue) }

    /// The file at the name; `nil` where there is none.
    var identity: FileIdentity? { Self.identity(of: self.name, in: self.directory.rawValue) }

    /// Removes the file at the name, unless it is another one by now.
    func remove(_ file: FileIdentity) {
        if self.identity == file { unlinkat(self.directory.rawValue, self.name, 0) }
    }

    private static func identity(of descriptor: CInt) -> FileIdentity? {
        (try? Stat(FileDescriptor(rawValue: descriptor))).map(FileIdentity.init)
    }

    private static func identity(of name: String, in directory: CInt) -> FileIdentity? {
        let directory = FileDescriptor(rawValue: directory)
        return (try? Stat(name, relativeTo: directory, flags: .symlinkNoFollow)).map(FileIdentity.init)
    }

    private static func content(_ name: String, in directory: CInt) -> Content {
        let found = openat(directory, name, __O_PATH | O_NOFOLLOW | O_CLOEXEC)
        guard found >= 0 else { return errno == ENOENT ? .nothing : .unknown(errno) }
        let file = OwnedDescriptor(found)
        guard let status = try? Stat(FileDescriptor(rawValue: file.rawValue)), status.type == .socket else {
            return .otherFile
        }
        // This very socket, wherever the name leads by now (proc(5), /proc/pid/fd).
        guard let address = UnixSocketAddress("/proc/self/fd/\(file.rawValue)") else { return .otherFile }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let probe = OwnedDescriptor(socket(AF_UNIX, type, 0))
        guard probe.rawValue >= 0 else { return .unknown(errno) }
        let isRefused = address.withSocketAddress { connect(probe.rawValue, $0, $1) != 0 && errno == ECONNREFUSED }
        return isRefused ? .staleSocket(FileIdentity(status)) : .liveSocket
    }
}
