import Glibc

/// A non-blocking connection to a Unix socket, for arbitrary bytes.
final class LocalConnection: Sendable {
    private let socket: Int32

    /// Connects to the socket at a path.
    init(_ path: String) throws {
        self.socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard self.socket >= 0 else { throw SystemFailure("open a socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard connected else { throw SystemFailure("connect to \(path)") }
        setNonBlocking(self.socket)
    }

    deinit {
        close(self.socket)
    }

    /// Sends as much of a text as the socket takes.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(self.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Receives all bytes until the other end closes.
    func receiveToEnd(within seconds: Double = 10) throws -> String {
        var bytes: [UInt8] = []
        try eventually("the end of an answer", within: seconds) {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(self.socket, &buffer, buffer.count, 0)
            if count > 0 { bytes += buffer[..<count] }
            return count == 0
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the other end has closed; bytes before are discarded.
    var isClosed: Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(self.socket, &buffer, buffer.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN }
        }
    }
}
