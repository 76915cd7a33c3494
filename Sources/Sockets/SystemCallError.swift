import Glibc
package import SystemPackage

/// A system call that failed, and its errno(3).
package struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
    package let errno: Errno
    /// `bind`, `epoll_ctl`; for a debugger.
    package let call: String

    /// - Parameters:
    ///   - errno: The error number.
    ///   - call: The name of the system call.
    package init(_ errno: Errno, in call: String) {
        self.errno = errno
        self.call = call
    }

    /// Returns the failure that the calling thread's `errno` holds.
    package static func current(_ call: String) -> SystemCallError {
        SystemCallError(Errno(rawValue: Glibc.errno), in: call)
    }

    /// strerror(3)'s text: `Connection refused`.
    package var description: String { self.errno.description }

    /// Whether a resource of this host was missing, such as a descriptor or a port: the failure says nothing of the peer.
    package var isLocal: Bool { Self.localErrors.contains(self.errno) }

    private static let localErrors: Set<Errno> = [
        .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory, .noSpace, .addressNotAvailable,
        .addressInUse,
    ]
}
