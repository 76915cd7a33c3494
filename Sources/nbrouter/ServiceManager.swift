import Glibc

/// The service manager that started the router, if one did: systemd's notification protocol (sd_notify(3)).
///
/// Each message is one datagram to the Unix socket that `NOTIFY_SOCKET` names. Without the variable nothing is sent; a
/// message that cannot be delivered is lost without harm.
struct ServiceManager: Sendable {
    private let path: String?

    init(environment path: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) }) {
        self.path = path
    }

    /// The router serves. `status` is shown by `systemctl status`.
    func ready(status: String) {
        self.send("READY=1\nSTATUS=\(status)")
    }

    /// A reload has begun (the notify-reload protocol: followed by ``ready(status:)``).
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        self.send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// The router stops.
    func stopping() {
        self.send("STOPPING=1\nSTATUS=stopping: releasing the names")
    }

    private func send(_ message: String) {
        guard let path = self.path, !path.isEmpty else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A leading @ stands for the zero byte of an abstract socket.
        var bytes = Array(path.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array(message.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }
}
