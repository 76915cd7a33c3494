import Glibc
public import Logging
public import NetBIOSRouter
import Sockets

/// The control socket could not be bound. Says where, why, and what most likely mends it.
public struct ControlSocketError: LifecycleError, Hashable {
    /// What stands against it.
    public enum Reason: Hashable, Sendable {
        /// The path is longer than the address of a socket can be.
        case tooLong
        /// Another process answers on the socket.
        case inUse
        /// Something else than a socket has the path.
        case notASocket
        /// A system call failed with this number.
        case system(CInt)
    }

    public let path: String
    public let reason: Reason

    /// What was found, without a full stop.
    public var reasonText: String {
        switch self.reason {
        case .tooLong: "the path is \(self.path.utf8.count) bytes, the limit is \(UnixSocketAddress.maximumLength)"
        case .inUse: "another router answers on it"
        case .notASocket: "a file that is no socket is there"
        case .system(let number): String(cString: strerror(number)).lowercased()
        }
    }

    public var remedy: String {
        switch self.reason {
        case .tooLong: "choose a shorter path for `control`"
        case .inUse: "stop the other router, or give this one a path of its own in `control`"
        case .notASocket: "remove the file, or choose another path for `control`"
        case .system(ENOENT), .system(ENOTDIR):
            "create the directory, for this user to write in, or choose another path for `control`; `none` means no socket"
        case .system(EACCES), .system(EPERM), .system(EROFS):
            """
            let this user write in the directory (RuntimeDirectory=nbrouter of the systemd unit makes /run/nbrouter), or \
            choose another path for `control`; `none` means no socket
            """
        case .system: "choose another path for `control`; `none` means no socket"
        }
    }

    public var summary: String { "cannot listen on \(self.path): \(self.reasonText)" }

    public var metadata: Logger.Metadata {
        Logger.Metadata([.listener: self.path, .reason: self.reasonText, .remedy: self.remedy])
    }
}
