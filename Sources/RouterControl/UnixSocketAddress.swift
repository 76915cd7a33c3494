import Glibc

/// The address of a Unix socket in the file system (unix(7)).
struct UnixSocketAddress: Hashable, Sendable {
    let path: String

    /// The longest path in bytes: what `sun_path` holds before its zero byte.
    static let maximumLength = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// The address of a path; `nil` when it is empty, longer than ``maximumLength`` or has a zero byte in it.
    init?(_ path: String) {
        let length = path.utf8.count
        guard length > 0, length <= Self.maximumLength, !path.utf8.contains(0) else { return nil }
        self.path = path
    }

    /// Calls `body` with the address as the system calls take it.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: self.path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
