import Glibc
import Sockets
import SystemPackage

/// The control socket: a listening Unix socket that the owner and the group of the process may connect to.
struct ControlSocket: Sendable {
    let path: String
    /// Owned by the server of the socket.
    let descriptor: CInt
    private let identity: FileIdentity

    /// Identifies the file, so that another router's socket is never removed.
    private struct FileIdentity: Hashable, Sendable {
        var device: DeviceID
        var number: Inode

        /// Reads the identity of a file; `nil` if it does not exist.
        init?(_ path: String) {
            guard let status = try? Stat(FilePath(path), followTargetSymlink: false) else { return nil }
            self.device = status.deviceID
            self.number = status.inode
        }
    }

    /// Read and write for the owner and the group.
    private static let mode: mode_t = 0o660
    /// The length of the accept queue.
    private static let backlog: CInt = 128

    /// Binds and listens. Creates a missing last directory of the path, and replaces a socket left by a dead router.
    static func bind(_ path: String) throws(ControlSocketError) -> ControlSocket {
        guard let address = UnixSocketAddress(path) else { throw ControlSocketError(path: path, reason: .tooLong) }
        let descriptor = socket(AF_UNIX, self.kind, 0)
        guard descriptor >= 0 else { throw ControlSocketError(path: path, reason: .system(errno)) }
        do throws(ControlSocketError) {
            // The file gets the mode of the socket, less the umask, so it never has more permissions than intended.
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

    /// Removes a socket that no process listens on.
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
        // A full queue or denied permission shows that a process listens.
        default: throw ControlSocketError(path: address.path, reason: .inUse)
        }
    }

    /// Whether the file at the path is still this socket.
    var isInPlace: Bool { FileIdentity(self.path) == self.identity }

    /// Removes the file, unless it was replaced.
    func removeFile() {
        if self.isInPlace { unlink(self.path) }
    }
}
