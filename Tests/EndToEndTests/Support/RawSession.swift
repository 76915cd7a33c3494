import Glibc
import Synchronization

/// One end of a TCP connection, with byte-level control and a deadline on every operation.
final class RawSession: Sendable {
    private let socket: Int32
    private let isOpen = Mutex(true)

    /// Socket options of a test.
    struct Options: Sendable {
        /// The receive buffer in bytes (`SO_RCVBUF`, which also stops its growth); nil leaves the kernel's choice.
        var receiveBuffer: Int32?
        /// The address to connect from; nil for the host's own.
        var source: String?
    }

    /// The failure of a connection.
    enum Failure: Error, Hashable {
        /// The operation timed out after this many bytes.
        case timedOut(after: Int)
        /// The peer sent a FIN after this many bytes.
        case ended(after: Int)
        /// The peer reset the connection after this many bytes.
        case reset(after: Int)
    }

    /// Takes over a connected socket.
    init(socket: Int32) {
        self.socket = socket
        setNonBlocking(socket)
        setOption(socket, tcpOptions, TCP_NODELAY, 1)
    }

    deinit { self.close() }

    /// Connects from a host of the network.
    static func connect(
        from host: Host,
        to address: String,
        port: UInt16 = 139,
        options: Options = Options(),
        within seconds: Double = 5
    ) throws -> RawSession {
        let socket = try host.namespace.enter {
            let socket = try openSocket(SOCK_STREAM)
            do {
                if let size = options.receiveBuffer { setOption(socket, SOL_SOCKET, SO_RCVBUF, size) }
                if let source = options.source { try bindSocket(socket, to: source, port: 0) }
                setNonBlocking(socket)
                try connectSocket(socket, to: address, port: port, within: Deadline(seconds: seconds))
                return socket
            } catch {
                Glibc.close(socket)
                throw error
            }
        }
        let session = RawSession(socket: socket)
        host.own { [weak session] in session?.close() }
        return session
    }

    /// Sends everything, waiting for room as often as it takes.
    func send(_ bytes: [UInt8], within seconds: Double = 10) throws {
        let deadline = Deadline(seconds: seconds)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.send(self.socket, raw.baseAddress?.advanced(by: sent), raw.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try self.wait(for: POLLOUT, until: deadline, done: sent)
            } else {
                throw self.failure("send", done: sent)
            }
        }
    }

    /// Receives at least one byte; empty at the end of the stream.
    func receive(upTo limit: Int = 65_536, within seconds: Double = 10) throws -> [UInt8] {
        try self.receive(upTo: limit, until: Deadline(seconds: seconds), done: 0)
    }

    /// Receives exactly so many bytes.
    func receive(exactly count: Int, within seconds: Double = 10) throws -> [UInt8] {
        let deadline = Deadline(seconds: seconds)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let more = try self.receive(upTo: count - bytes.count, until: deadline, done: bytes.count)
            guard !more.isEmpty else { throw Failure.ended(after: bytes.count) }
            bytes += more
        }
        return bytes
    }

    /// Receives all bytes up to the end of the other side's stream.
    func receiveToEnd(within seconds: Double = 10) throws -> [UInt8] {
        let deadline = Deadline(seconds: seconds)
        var bytes: [UInt8] = []
        while true {
            let more = try self.receive(upTo: 262_144, until: deadline, done: bytes.count)
            guard !more.isEmpty else { return bytes }
            bytes += more
        }
    }

    /// Whether the peer closes or resets the connection in time, without further bytes.
    func isEnded(within seconds: Double = 10) throws -> Bool {
        do {
            return try self.receive(within: seconds).isEmpty
        } catch Failure.reset {
            return true
        } catch Failure.timedOut {
            return false
        }
    }

    /// Whether nothing arrives in this time: no byte, FIN or reset.
    func staysSilent(seconds: Double) throws -> Bool {
        var poll = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, Int32(seconds * 1000)) == 0
    }

    /// The peer's IPv4 address.
    func peerAddress() throws -> String {
        guard let address = peer(of: self.socket) else { throw SystemFailure("ask for the peer's address") }
        return address
    }

    /// Sends a FIN, and continues to receive.
    func finishSending() {
        self.ifOpen { shutdown($0, Int32(SHUT_WR)) }
    }

    /// Ends the connection with RST.
    func reset() {
        self.ifOpen { socket in
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        self.close()
    }

    /// Closes the connection; no effect if closed.
    func close() {
        self.isOpen.withLock { isOpen in
            if isOpen { Glibc.close(self.socket) }
            isOpen = false
        }
    }

    /// Wakes any thread that waits on the connection, by shutting it down.
    func interrupt() {
        self.ifOpen { shutdown($0, Int32(SHUT_RDWR)) }
    }

    /// Runs a body while the socket cannot be closed, since another socket may then reuse its number.
    private func ifOpen(_ body: (Int32) -> Void) {
        self.isOpen.withLock { if $0 { body(self.socket) } }
    }

    private func receive(upTo limit: Int, until deadline: Deadline, done: Int) throws -> [UInt8] {
        while true {
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let received = recv(self.socket, buffer.baseAddress, limit, 0)
                code = received < 0 ? errno : 0
                count = max(0, received)
            }
            if code == 0 { return bytes }
            guard code == EAGAIN else { throw self.failure("receive", done: done, code: code) }
            try self.wait(for: POLLIN, until: deadline, done: done)
        }
    }

    private func wait(for events: Int32, until deadline: Deadline, done: Int) throws {
        var poll = pollfd(fd: self.socket, events: Int16(events), revents: 0)
        guard Glibc.poll(&poll, 1, deadline.remainingMilliseconds) != 0 else { throw Failure.timedOut(after: done) }
    }

    private func failure(_ action: String, done: Int, code: Int32 = errno) -> any Error {
        code == ECONNRESET || code == EPIPE ? Failure.reset(after: done) : SystemFailure(action, code: code)
    }
}
