import Glibc
import Sockets
import SystemPackage

/// The control socket: a bound and listening Unix socket that the owner and the group of the process may connect to.
struct ControlSocket: Sendable {
    let path: String
    /// Belongs to whoever serves the socket.
    let descriptor: CInt
    private let identity: FileIdentity

    /// Which file it is, so that another router's is never removed.
    private struct FileIdentity: Hashable, Sendable {
        var device: DeviceID
        var number: Inode

        /// The file at a path, if there is one.
        init?(_ path: String) {
            guard let status = try? Stat(FilePath(path), followTargetSymlink: false) else { return nil }
            self.device = status.deviceID
            self.number = status.inode
        }
    }

    /// Read and write for the owner and the group.
    private static let mode: mode_t = 0o660
    /// Connections that wait to be accepted.
    private static let backlog: CInt = 128

    /// Binds and listens. A missing directory is made, where it is the last of the path alone; a socket that a dead router
    /// left behind is replaced.
    static func bind(_ path: String) throws(ControlSocketError) -> ControlSocket {
        guard let address = UnixSocketAddress(path) else { throw ControlSocketError(path: path, reason: .tooLong) }
        let descriptor = socket(AF_UNIX, self.kind, 0)
        guard descriptor >= 0 else { throw ControlSocketError(path: path, reason: .system(errno)) }
        do throws(ControlSocketError) {
            // The file gets the mode of the socket, less the umask: never more than is meant, not even for a moment.
            fchmod(descriptor, self.mode)
            try self.bind(descriptor, to: address)
            guard let identity = FileIdentity(path), chmod(path, self.mode) == 0, listen(descriptor, self.backlog) == 0
            else {
                let number = errno
                unlink(path)
                throw ControlSocketError(path: path, reason: .system(number))
            }
            return ControlSocket(path: path, descriptor: descriptor, identity: identity)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

    private static func bind(_ descriptor: CInt, to address: UnixSocketAddress) throws(ControlSocketError) {
        func attempt() -> CInt { address.withSocketAddress { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno } }
        var number = attempt()
        if number == ENOENT, let slash = address.path.lastIndex(of: "/"), slash != address.path.startIndex,
            mkdir(String(address.path[..<slash]), 0o755) == 0
        {
            number = attempt()
        }
        if number == EADDRINUSE {
            try self.removeStale(address)
            number = attempt()
        }
        guard number == 0 else { throw ControlSocketError(path: address.path, reason: .system(number)) }
    }

    /// Removes a socket that nobody listens on.
    private static func removeStale(_ address: UnixSocketAddress) throws(ControlSocketError) {
        guard let status = try? Stat(FilePath(address.path), followTargetSymlink: false) else { return }
        guard status.type == .socket else {
            throw ControlSocketError(path: address.path, reason: .notASocket)
        }
        let probe = socket(AF_UNIX, self.kind, 0)
        guard probe >= 0 else { throw ControlSocketError(path: address.path, reason: .system(errno)) }
        defer { close(probe) }
        let number = address.withSocketAddress { connect(probe, $0, $1) == 0 ? 0 : errno }
        switch number {
        case ECONNREFUSED: unlink(address.path)
        case ENOENT: return
        // A full queue, or a user who may not ask, means that somebody listens.
        default: throw ControlSocketError(path: address.path, reason: .inUse)
        }
    }

    /// Whether the file at the path is this socket still.
    var isInPlace: Bool { FileIdentity(self.path) == self.identity }

    /// Removes the file, unless another one has taken its place.
    func removeFile() {
        if self.isInPlace { unlink(self.path) }
    }
}
