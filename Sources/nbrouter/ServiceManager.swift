import Glibc
import Sockets
import Synchronization

/// The service manager that started the router, if any: systemd's notification protocol (sd_notify(3)).
///
/// Each message is one datagram to the Unix socket that `NOTIFY_SOCKET` names. Without the variable nothing is sent. A thread of
/// its own sends: a service manager that does not read holds up this thread alone. Meanwhile a message waits, until a later one
/// says the same and more, so that no more than five wait.
final class ServiceManager: Sendable {
    private let thread: BlockingPool?
    private let descriptor: CInt
    /// A `struct sockaddr_un`, byte for byte; its length tells where an abstract name ends.
    private let address: [UInt8]
    private let state = Mutex(State())
    /// How long the watchdog waits for a sign of life (sd_watchdog_enabled(3)); `nil` without a watchdog.
    let watchdogLimit: Duration?

    /// Bytes of `sun_path` before its zero.
    private static let longestName = 107

    /// Reads the environment, and opens what the messages need.
    ///
    /// - Throws: ``SystemCallError`` where no descriptor or thread is left.
    init() throws(SystemCallError) {
        let isMeant = Self.variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let limit = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) }
        self.watchdogLimit = limit.flatMap { isMeant && $0 > 0 ? .microseconds($0) : nil }
        var name = Array((Self.variable("NOTIFY_SOCKET") ?? "").utf8)
        // A leading @ stands for the zero byte of an abstract socket.
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        self.address = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + name
        guard !name.isEmpty, name.count <= Self.longestName else {
            self.thread = nil
            self.descriptor = -1
            return
        }
        self.descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard self.descriptor >= 0 else { throw .current("socket") }
        self.thread = try BlockingPool(threadCount: 1)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Whether there is one to notify.
    var isThere: Bool { self.thread != nil }

    /// The router serves. `status` is shown by `systemctl status`.
    func ready(status: String) { self.send(.ready, "READY=1\nSTATUS=\(status)") }

    /// The line that `systemctl status` shows.
    func status(_ status: String) { self.send(.status, "STATUS=\(status)") }

    /// The router lives: the watchdog waits anew.
    func alive() { self.send(.alive, "WATCHDOG=1") }

    /// Reports the start of a reload (notify-reload protocol; ``ready(status:)`` follows).
    func reloading() {
        let microseconds = MonotonicTime.now().nanoseconds / 1000
        self.send(.reloading, "RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reloading")
    }

    /// Reports that the router is stopping, with the time that it may take.
    func stopping(within limit: Duration) {
        let microseconds = Int64(limit / .microseconds(1))
        self.send(.stopping, "STOPPING=1\nEXTEND_TIMEOUT_USEC=\(microseconds)\nSTATUS=stopping: releasing the names")
    }

    // MARK: - Sending

    private struct State {
        /// The messages that wait, one of a kind at most.
        var messages: [(kind: Kind, text: String)] = []
        /// Whether the thread looks for more by itself.
        var isSending = false
    }

    private enum Kind: CaseIterable {
        case reloading, ready, status, alive, stopping

        /// The kinds of waiting messages that need not be sent before this one.
        var replaced: Set<Kind> {
            switch self {
            case .reloading: [.reloading, .ready, .status]
            case .ready: [.ready, .status]
            case .status: [.status]
            case .alive: [.alive]
            case .stopping: Set(Kind.allCases)
            }
        }
    }

    private func send(_ kind: Kind, _ text: String) {
        guard let thread else { return }
        let isIdle = self.state.withLock { state in
            state.messages.removeAll { kind.replaced.contains($0.kind) }
            state.messages.append((kind, text))
            defer { state.isSending = true }
            return !state.isSending
        }
        if isIdle { thread.submit { self.sendWaiting() } }
    }

    /// Sends what waits, and waits itself while the service manager's queue is full. A message that it refuses is lost without
    /// harm.
    private func sendWaiting() {
        while let message = self.nextMessage() {
            let text = Array(message.utf8)
            self.address.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                    let length = socklen_t(bytes.count)
                    _ = sendto(self.descriptor, text, text.count, CInt(MSG_NOSIGNAL), addresses.baseAddress, length)
                }
            }
        }
    }

    private func nextMessage() -> String? {
        self.state.withLock { state in
            guard !state.messages.isEmpty else {
                state.isSending = false
                return nil
            }
            return state.messages.removeFirst().text
        }
    }
}
