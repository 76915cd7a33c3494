import CLinux
import Glibc
import SystemPackage

/// A TCP connection on an ``EventLoop``, and its readiness. Owns its descriptor.
package struct StreamSocket: ~Copyable {
    private var socket: LoopSocket
    /// Whether a read may return something.
    package private(set) var mayRead = false
    /// Whether a write may be taken.
    package private(set) var mayWrite = false
    /// Whether reads go on until one fails or ends: a short read is then not the last.
    private var readsToEnd = false
    private var hasReceivedFIN = false
    private var hasWriteFailed = false
    /// Bytes that writes took.
    private var sentCount = 0
    private let origin: Origin

    /// Registers a non-blocking connection.
    ///
    /// - Parameters:
    ///   - descriptor: The connection; closed where it cannot be registered.
    ///   - loop: The loop to register with.
    ///   - origin: The side that established the connection.
    ///   - handler: Receives its readiness.
    /// - Throws: ``SystemCallError`` of epoll_ctl(2).
    package init(
        _ descriptor: consuming OwnedDescriptor,
        on loop: EventLoop,
        origin: Origin,
        handler: (any SocketHandler)?
    ) throws(SystemCallError) {
        self.socket = try loop.add(descriptor, as: .stream, handler: handler)
        self.mayWrite = origin == .accepted
        self.origin = origin
    }

    /// Makes a socket that is closed from the start.
    package init() {
        self.socket = LoopSocket()
        self.origin = .accepted
    }

    /// Closes the connection; reads and writes have no effect then.
    package mutating func close() {
        self.socket.close()
        self.mayRead = false
        self.mayWrite = false
    }

    package var isOpen: Bool { self.socket.isOpen }

    /// The side that established a connection.
    package enum Origin: Hashable, Sendable {
        /// The peer: the connection takes bytes.
        case accepted
        /// This side: the connection takes bytes when the loop reports it.
        case connecting
    }

    package var id: SocketID { self.socket.id }

    package func setHandler(_ handler: any SocketHandler) { self.socket.setHandler(handler) }

    /// Calls the handler once more, after all other sockets of this turn.
    package func requestTurn() { self.socket.requestTurn() }

    /// Records what the loop reported.
    package mutating func record(_ readiness: Readiness) {
        guard self.isOpen else { return }
        if !readiness.isDisjoint(with: [.readable, .inputClosed, .urgent, .closed, .broken]) { self.mayRead = true }
        if !readiness.isDisjoint(with: [.inputClosed, .urgent, .closed, .broken]) { self.readsToEnd = true }
        if readiness.contains(.writable) { self.mayWrite = true }
        // A reset closes both directions, too.
        if readiness.contains(.inputClosed), !readiness.contains(.broken), !self.hasWriteFailed {
            self.hasReceivedFIN = true
        }
    }

    /// Makes reads go on until one ends or fails, as after a failed write.
    package mutating func readToEnd() {
        guard self.isOpen else { return }
        self.mayRead = true
        self.readsToEnd = true
    }

    /// The result of a read.
    package enum Received {
        case bytes(Int)
        /// Nothing yet: the loop reports when there is more.
        case nothing
        /// A FIN.
        case end
        /// The connection was reset or timed out.
        case failed
    }

    /// Reads at most as many bytes as `memory` has room for.
    package mutating func receive(into memory: UnsafeMutableRawBufferPointer) -> Received {
        guard self.isOpen else { return .nothing }
        while true {
            let count = recv(self.socket.descriptor, memory.baseAddress, memory.count, 0)
            if count > 0 {
                if count < memory.count, !self.readsToEnd { self.mayRead = false }
                return .bytes(count)
            }
            if count == 0 {
                self.mayRead = false
                // The failed write took the error away that this read would have had.
                return self.hasWriteFailed && !self.hasReceivedFIN ? .failed : .end
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                self.mayRead = false
                return .nothing
            default:
                self.mayRead = false
                return .failed
            }
        }
    }

    /// Writes as many bytes as the socket takes.
    ///
    /// - Returns: Their number; `nil` where the connection is broken.
    package mutating func send(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard self.mayWrite else { return 0 }
        while true {
            let count = Glibc.send(self.socket.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            if count >= 0 {
                if count < bytes.count { self.mayWrite = false }
                self.sentCount += count
                return count
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                self.mayWrite = false
                return 0
            default:
                self.hasWriteFailed = true
                return nil
            }
        }
    }

    /// Writes a few bytes to a socket that was written little to; what it does not take is lost.
    package mutating func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { self.send($0) } == bytes.count
    }

    /// Sends a FIN.
    package func finish() {
        shutdown(self.socket.descriptor, CInt(SHUT_WR))
    }

    /// Makes the close a reset: the peer learns that bytes are missing (socket(7), SO_LINGER with a zero time).
    package func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(self.socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Bytes that writes took and the peer's kernel has not acknowledged, also of a broken connection: `tcpi_bytes_acked`
    /// (tcp(7), TCP_INFO). Not positive when all are acknowledged; a FIN counts as one.
    package var unacknowledgedCount: Int {
        var information = ConnectionInformation()
        var size = socklen_t(MemoryLayout<ConnectionInformation>.size)
        let status = getsockopt(self.socket.descriptor, CInt(IPPROTO_TCP), TCP_INFO, &information, &size)
        guard status == 0 else { return 0 }
        // The kernel counts the SYN of a connection that this side established.
        let synCount = self.origin == .connecting ? 1 : 0
        return self.sentCount + synCount - Int(clamping: information.acknowledgedCount)
    }

    /// Bytes that the kernel received and that were not read (ioctl(2), FIONREAD).
    package var unreadCount: Int {
        var count: CInt = 0
        return ioctl(self.socket.descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// The beginning of `struct tcp_info` of linux/tcp.h, in which `tcpi_bytes_acked` is at 120.
    private struct ConnectionInformation {
        var before: InlineArray<15, UInt64> = .init(repeating: 0)
        var acknowledgedCount: UInt64 = 0
    }

    /// The address that the connection came in on, or leaves from.
    package var localEndpoint: Endpoint? { Endpoint(localAddressOf: self.socket.descriptor) }
}
