import Glibc
import NetBIOS
import Sockets
import Synchronization

/// Sockets that the service manager passed to this process (sd_listen_fds(3)).
///
/// To be consulted before binding an address. The service manager keeps the sockets open, so that connections wait in
/// their queues during a restart. A copy is kept here as well, since the address could not be bound again after reloads
/// that removed and restored it.
public final class InheritedSockets: Sendable {
    /// The sockets of this process.
    public static let shared = InheritedSockets()

    /// The kinds of sockets that can be inherited.
    enum Kind: String, Hashable, Sendable {
        case stream = "TCP"
        case datagram = "UDP"
    }

    fileprivate struct Inherited: Sendable {
        let descriptor: CInt
        let kind: Kind?
        /// `192.0.2.1:139`, or another description.
        let address: String
        /// Whether the socket was taken.
        var isUsed = false
    }

    private let sockets: Mutex<[Inherited]>

    /// The first descriptor that is passed (SD_LISTEN_FDS_START).
    private static let firstDescriptor: CInt = 3

    /// Reads and unsets LISTEN_*, so that child processes do not use the sockets.
    private init() {
        let count = Self.number(in: "LISTEN_PID") == Int(getpid()) ? Self.number(in: "LISTEN_FDS") ?? 0 : 0
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        let descriptors = (0..<max(0, min(count, 1000))).map { Self.firstDescriptor + CInt($0) }
        self.sockets = Mutex(descriptors.compactMap { Inherited($0) })
    }

    private static func number(in variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }

    /// Returns a descriptor of the socket bound to an address, if there is one.
    ///
    /// - Parameters:
    ///   - kind: TCP or UDP.
    ///   - address: `192.0.2.1:139`.
    /// - Returns: The descriptor, non-blocking, owned by the caller.
    func take(_ kind: Kind, _ address: String) -> CInt? {
        self.sockets.withLock { sockets in
            let index = sockets.firstIndex { $0.kind == kind && $0.address == address }
            guard let index else { return nil }
            let copy = fcntl(sockets[index].descriptor, F_DUPFD_CLOEXEC, Self.firstDescriptor)
            guard copy >= 0 else { return nil }
            sockets[index].isUsed = true
            return copy
        }
    }

    /// Whether a socket with this port was taken.
    func hasGiven(_ kind: Kind, port: UInt16) -> Bool {
        self.sockets.withLock { $0.contains { $0.isUsed && $0.kind == kind && $0.address.hasSuffix(":\(port)") } }
    }

    /// Returns the listening TCP socket bound to an address, for listeners other than those of sessions.
    public func takeStream(_ address: String) -> CInt? { self.take(.stream, address) }

    /// Descriptions of the sockets that were not taken: `TCP [::]:139`.
    public var unused: [String] {
        self.sockets.withLock { $0.filter { !$0.isUsed }.map { "\($0.kind?.rawValue ?? "?") \($0.address)" } }
    }
}

extension InheritedSockets.Inherited {
    /// Describes a descriptor; `nil` for one that is not open.
    fileprivate init?(_ descriptor: CInt) {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        self.descriptor = descriptor
        var type: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size)
        switch UInt32(bitPattern: type) {
        case SOCK_STREAM.rawValue: self.kind = .stream
        case SOCK_DGRAM.rawValue: self.kind = .datagram
        default: self.kind = nil
        }
        self.address = Endpoint(localAddressOf: descriptor).map { "\($0)" } ?? "descriptor \(descriptor)"
    }
}
