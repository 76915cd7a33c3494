import Glibc
public import Logging
public import NetBIOSRouter
import Sockets
import SystemPackage

/// The failure to bind the control socket, with path, reason and remedy.
public struct ControlSocketError: LifecycleError, Hashable {
    /// The reason of the failure.
    public enum Reason: Hashable, Sendable {
        /// The path exceeds the length of a socket address.
        case tooLong
        /// Another process listens on the socket.
        case inUse
        /// The path is not a socket.
        case notASocket
        /// A system call failed with this error number.
        case system(CInt)
    }

    public let path: String
    public let reason: Reason

    /// The reason as text, without a full stop.
    public var reasonText: String {
        switch self.reason {
        case .tooLong: "the path is \(self.path.utf8.count) bytes, the limit is \(UnixSocketAddress.maximumLength)"
        case .inUse: "another router is listening on it"
        case .notASocket: "the path is not a socket"
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
        case .system(let number):
            ResourceShortage.remedy(for: Errno(rawValue: number))
                ?? "choose another path for `control`; `none` means no socket"
        }
    }

    public var summary: String { "cannot listen on \(self.path): \(self.reasonText)" }

    public var metadata: Logger.Metadata {
        Logger.Metadata([.listener: self.path, .reason: self.reasonText, .remedy: self.remedy])
    }
}
