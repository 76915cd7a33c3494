import Foundation
import Glibc

/// A TCP connection of another process, to read its options: a second descriptor of the same socket (pidfd_getfd(2)).
final class BorrowedSocket: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(self.descriptor) }

    /// The connections of a process to a peer.
    static func all(of process: ChildProcess, to address: String) throws -> [BorrowedSocket] {
        // Declared by the C library, but not by Swift's Glibc module.
        typealias Open = @convention(c) (pid_t, UInt32) -> Int32
        typealias Get = @convention(c) (Int32, Int32, UInt32) -> Int32
        guard let open = dlsym(nil, "pidfd_open"), let get = dlsym(nil, "pidfd_getfd") else {
            throw SystemFailure("find pidfd_getfd", code: ENOSYS)
        }
        let handle = unsafeBitCast(open, to: Open.self)(process.pid, 0)
        guard handle >= 0 else { throw SystemFailure("open process \(process.pid)") }
        defer { close(handle) }
        let folder = "/proc/\(process.pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            guard target?.hasPrefix("socket:") == true, let number = Int32(name) else { return nil }
            let copy = unsafeBitCast(get, to: Get.self)(handle, number, 0)
            guard copy >= 0 else { throw SystemFailure("take descriptor \(number) of process \(process.pid)") }
            let socket = BorrowedSocket(copy)
            return peer(of: copy) == address ? socket : nil
        }
    }

    /// The value of an option that is a number.
    func option(_ level: Int32, _ name: Int32) throws -> Int32 {
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(self.descriptor, level, name, &value, &length) == 0 else {
            throw SystemFailure("read option \(name)")
        }
        return value
    }
}
