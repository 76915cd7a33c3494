import Glibc
import Sockets

/// The control socket: a listening Unix socket that the owner and the group of the process may connect to.
struct ControlSocket: Sendable {
    let path: String
    /// Owned by the server of the socket.
    let descriptor: CInt
    /// Locked as long as the socket is served.
    let place: ControlPlace
    private let identity: ControlPlace.FileIdentity

    /// Read and write for the owner and the group.
    private static let mode: mode_t = 0o660
    /// The length of the accept queue.
    private static let backlog: CInt = 128

    /// Binds and listens. A missing directory is made, where it is the last of the path alone; a socket that a dead router
    /// left behind is replaced.
    ///
    /// - Parameters:
    ///   - path: The path of the socket.
    ///   - former: The socket that this process has served so far.
    /// - Returns: The socket, which listens.
    /// - Throws: ``ControlSocketError``.
    static func bind(_ path: String, replacing former: ControlSocket? = nil) throws(ControlSocketError) -> ControlSocket
    {
        guard let address = UnixSocketAddress(path) else { throw ControlSocketError(path: path, reason: .tooLong) }
        let held = former.flatMap { $0.place.isPlace(of: path) ? $0.place : nil }
        let place = if let held { held } else { try ControlPlace.lock(path) }
        switch place.content {
        case .nothing: break
        case .staleSocket(let file): place.remove(file)
        case .liveSocket: throw ControlSocketError(path: path, reason: .inUse)
        case .otherFile: throw ControlSocketError(path: path, reason: .notASocket)
        case .unknown(let number): throw ControlSocketError(path: path, reason: .system(number))
        }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw ControlSocketError(path: path, reason: .system(errno)) }
        let owned = OwnedDescriptor(descriptor)
        guard self.bind(descriptor, to: address), let identity = place.identity else {
            throw ControlSocketError(path: path, reason: .system(errno))
        }
        guard listen(descriptor, self.backlog) == 0 else {
            let number = errno
            place.remove(identity)
            throw ControlSocketError(path: path, reason: .system(number))
        }
        return ControlSocket(path: path, descriptor: owned.release(), place: place, identity: identity)
    }

    /// Binds with ``mode``, which the file has from its first moment: that of the socket less the umask (unix(7)).
    private static func bind(_ descriptor: CInt, to address: UnixSocketAddress) -> Bool {
        // Of the whole process, which makes no other files than the lock, with a mode of its own.
        let former = umask(0)
        defer { umask(former) }
        return fchmod(descriptor, self.mode) == 0
            && address.withSocketAddress { Glibc.bind(descriptor, $0, $1) == 0 }
    }

    /// Whether the file at the path is this socket still.
    var isInPlace: Bool { self.place.isPlace(of: self.path) && self.place.identity == self.identity }

    /// Removes the file, unless another one has taken its place.
    func removeFile() { self.place.remove(self.identity) }
}
