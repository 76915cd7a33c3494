package import Glibc

/// The address of a Unix socket in the file system (unix(7)).
package struct UnixSocketAddress: Hashable, Sendable {
    package let path: String

    /// The longest path in bytes: `sun_path` without its zero byte.
    package static let maximumLength = 107

    /// The address of a path; `nil` when it is empty, longer than ``maximumLength`` or has a zero byte in it.
    package init?(_ path: String) {
        let length = path.utf8.count
        guard length > 0, length <= Self.maximumLength, !path.utf8.contains(0) else { return nil }
        self.path = path
    }

    /// Lends the address to a system call.
    package func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        // A `struct sockaddr_un`, byte for byte: the family, and the path with its zero.
        let padding = [UInt8](repeating: 0, count: Self.maximumLength + 1 - self.path.utf8.count)
        let bytes = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + Array(self.path.utf8) + padding
        return bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                // A path is not empty, so there is a base.
                body(addresses.baseAddress.unsafelyUnwrapped, socklen_t(bytes.count))
            }
        }
    }
}
