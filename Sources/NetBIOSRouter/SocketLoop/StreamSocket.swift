import Glibc

/// A TCP connection on a ``SocketLoop``, with what is known of its readiness.
struct StreamSocket {
    let id: SocketID
    /// Whether a read may bring something.
    private(set) var mayRead = false
    /// Whether a write may be taken.
    private(set) var mayWrite = false
    /// Whether reads go on until one fails or ends: a short one is not the last.
    private var readsToEnd = false

    /// - Parameters:
    ///   - id: A non-blocking connection that is watched, edge-triggered.
    ///   - mayWrite: Whether it is known to take bytes.
    init(_ id: SocketID, mayWrite: Bool) {
        self.id = id
        self.mayWrite = mayWrite
    }

    /// Notes what the loop has told.
    mutating func noted(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.readable, .inputClosed, .urgent, .closed, .broken]) { self.mayRead = true }
        if !readiness.isDisjoint(with: [.inputClosed, .urgent, .closed, .broken]) { self.readsToEnd = true }
        if readiness.contains(.writable) { self.mayWrite = true }
    }

    /// Has reads go on until one ends or fails, as behind a write that has failed.
    mutating func readToEnd() {
        self.mayRead = true
        self.readsToEnd = true
    }

    /// What a read brought.
    enum Received {
        case bytes(Int)
        /// Nothing yet: the loop will tell.
        case nothing
        /// The peer's FIN.
        case end
        /// The connection is broken.
        case failed
    }

    /// Reads what is there, at most as much as `memory` has room for.
    mutating func receive(into memory: UnsafeMutableRawBufferPointer) -> Received {
        while true {
            let count = recv(self.id.descriptor, memory.baseAddress, memory.count, 0)
            if count > 0 {
                if count < memory.count, !self.readsToEnd { self.mayRead = false }
                return .bytes(count)
            }
            if count == 0 {
                self.mayRead = false
                return .end
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

    /// Writes as much as the socket takes.
    ///
    /// - Returns: How many bytes it took; `nil` when the connection is broken.
    mutating func send(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard self.mayWrite else { return 0 }
        while true {
            let count = Glibc.send(self.id.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            if count >= 0 {
                if count < bytes.count { self.mayWrite = false }
                return count
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                self.mayWrite = false
                return 0
            default:
                return nil
            }
        }
    }

    /// Writes a few bytes to a socket that has been written little to; what it does not take is lost.
    mutating func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { self.send($0) } == bytes.count
    }

    /// Sends our FIN.
    func finish() {
        shutdown(self.id.descriptor, CInt(SHUT_WR))
    }

    /// Ends the connection, and with it what the loop keeps of it.
    func close(on loop: SocketLoop) {
        if loop.remove(self.id) { Glibc.close(self.id.descriptor) }
    }
}
