import Glibc

/// The service manager that started the router, if any: systemd's notification protocol (sd_notify(3)).
///
/// Each message is a datagram to the Unix socket in `NOTIFY_SOCKET`. Without the variable nothing is sent; a message
/// that cannot be delivered is dropped.
struct ServiceManager: Sendable {
    private let path: String?
    /// The timeout of the watchdog (sd_watchdog_enabled(3)); `nil` without a watchdog.
    let watchdogLimit: Duration?

    /// Reads the environment.
    init() {
        self.path = Self.variable("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        let isMeant = Self.variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let limit = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) }
        self.watchdogLimit = limit.flatMap { isMeant && $0 > 0 ? .microseconds($0) : nil }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Whether the process has a service manager.
    var isThere: Bool { self.path != nil }

    /// Reports that the router serves. `systemctl status` shows `status`.
    func ready(status: String) {
        self.send("READY=1\nSTATUS=\(status)")
    }

    /// Sets the text that `systemctl status` shows.
    func status(_ status: String) {
        self.send("STATUS=\(status)")
    }

    /// Resets the watchdog.
    func alive() {
        self.send("WATCHDOG=1")
    }

    /// Reports the start of a reload (notify-reload protocol; ``ready(status:)`` follows).
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        self.send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reloading")
    }

    /// Reports that the router is stopping, with the time that it may take.
    func stopping(within limit: Duration) {
        let microseconds = Int64(limit / .microseconds(1))
        self.send("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(microseconds)\nSTATUS=stopping: releasing the names")
    }

    private func send(_ message: String) {
        guard let path = self.path else { return }
        // A leading @ stands for the zero byte of an abstract socket.
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count <= Self.longestName else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A `struct sockaddr_un`, byte for byte. The length determines the end of an abstract name.
        let address = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + name
        let text = Array(message.utf8)
        address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                let length = socklen_t(bytes.count)
                _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), addresses.baseAddress, length)
            }
        }
    }

    /// The maximum length of `sun_path` without its zero, in bytes.
    private static let longestName = 107
}
