import Foundation
import Glibc

/// The service manager's end of the notification protocol: a Unix socket that receives the router's messages.
final class NotifySocket: Sendable {
    let path: String
    private let socket: Int32

    /// Opens one in a folder.
    init(in folder: TemporaryFolder) throws {
        self.path = folder.newFile("notify").path
        self.socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard self.socket >= 0 else { throw SystemFailure("open a socket") }
        guard Self.withAddress(self.path, { bind(self.socket, $0, $1) == 0 }) else {
            throw SystemFailure("bind \(self.path)")
        }
    }

    private static func withAddress<Value>(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    deinit {
        close(self.socket)
    }

    /// Fills the queue with other messages, so that a sender waits.
    ///
    /// - Returns: How many there are.
    func fill() throws -> Int {
        let sender = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard sender >= 0 else { throw SystemFailure("open a socket") }
        defer { close(sender) }
        var count = 0
        while true {
            let sent = Self.withAddress(self.path) { sendto(sender, "X=1", 3, Int32(MSG_DONTWAIT), $0, $1) }
            guard sent < 0 else {
                count += 1
                continue
            }
            guard errno == EAGAIN else { throw SystemFailure("fill \(self.path)") }
            return count
        }
    }

    /// The next message, as its variables.
    func message(within seconds: Double = 15) throws -> [String: String] {
        var poll = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Int32(seconds * 1000)) > 0 else {
            throw WaitedInVain(expected: "a message to the service manager", seconds: seconds)
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(self.socket, &buffer, buffer.count, 0)
        let lines = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return Dictionary(
            lines.map { line in
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            },
            uniquingKeysWith: { $1 }
        )
    }

    /// Returns the next message with a variable; earlier ones are discarded.
    func message(with variable: String, within seconds: Double = 15) throws -> [String: String] {
        let deadline = Deadline(seconds: seconds)
        while !deadline.hasPassed {
            let message = try self.message(within: seconds)
            if message[variable] != nil { return message }
        }
        throw WaitedInVain(expected: "\(variable) for the service manager", seconds: seconds)
    }
}
