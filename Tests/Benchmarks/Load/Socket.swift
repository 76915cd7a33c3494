import Glibc

/// An error that ends a measurement.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Makes the failure of the last system call.
    init(call: String) {
        self.init("\(call): \(String(cString: strerror(errno)))")
    }
}

/// A TCP or UDP socket over IPv4, closed by its opener.
struct Socket {
    let descriptor: CInt

    /// Makes a listener on a port of 127.0.0.1 that accepts without blocking.
    static func listening(on port: UInt16) throws -> Socket {
        let socket = try Socket(type: SOCK_STREAM, isBlocking: false)
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        try socket.bind(to: 0x7F00_0001, port)
        guard listen(socket.descriptor, 4096) == 0 else { throw Failure(call: "listen") }
        return socket
    }

    /// Makes a connection to a port of 127.0.0.1; a non-blocking one is still being established.
    ///
    /// Uses 250 source addresses in turn, so that many connections a second do not run out of ports.
    static func connected(to port: UInt16, isBlocking: Bool, turn: Int = 0) throws -> Socket {
        let socket = try Socket(type: SOCK_STREAM, isBlocking: isBlocking)
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        socket.set(Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
        try socket.bind(to: 0x7F00_0002 + UInt32(turn % 250), 0)
        let result = Self.withAddress(0x7F00_0001, port) { connect(socket.descriptor, $0, $1) }
        guard result == 0 || (!isBlocking && errno == EINPROGRESS) else { throw Failure(call: "connect to \(port)") }
        return socket
    }

    /// Makes a UDP socket connected to one port.
    static func datagrams(to address: UInt32, _ port: UInt16) throws -> Socket {
        let socket = try Socket(type: SOCK_DGRAM, isBlocking: false)
        socket.set(SOL_SOCKET, SO_RCVBUF, 1 << 20)
        let result = Self.withAddress(address, port) { connect(socket.descriptor, $0, $1) }
        guard result == 0 else { throw Failure(call: "connect") }
        return socket
    }

    /// Makes a blocking UDP socket bound to a port of this host.
    static func datagrams(boundTo port: UInt16) throws -> Socket {
        let socket = try Socket(type: SOCK_DGRAM, isBlocking: true)
        try socket.bind(to: 0, port)
        return socket
    }

    private init(type: __socket_type, isBlocking: Bool) throws {
        let flags = isBlocking ? 0 : SOCK_NONBLOCK.rawValue
        self.init(descriptor: socket(AF_INET, CInt(type.rawValue | flags | SOCK_CLOEXEC.rawValue), 0))
        guard self.descriptor >= 0 else { throw Failure(call: "socket") }
    }

    private init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Accepts a connection, if there is one.
    func accept() -> Socket? {
        let accepted = Socket(descriptor: Glibc.accept(self.descriptor, nil, nil))
        guard accepted.descriptor >= 0 else { return nil }
        accepted.setBlocking(false)
        accepted.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return accepted
    }

    /// Sends as many bytes as the kernel accepts.
    ///
    /// - Returns: The number of bytes; `nil` if it accepts none now.
    func send(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        let count = Glibc.send(self.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        guard count < 0 else { return count }
        guard errno == EAGAIN else { throw Failure(call: "send") }
        return nil
    }

    /// Receives available bytes.
    ///
    /// - Returns: The number of bytes, 0 at the end of the stream; `nil` if there are none now.
    func receive(into bytes: UnsafeMutableRawBufferPointer, flags: CInt = 0) throws -> Int? {
        let count = recv(self.descriptor, bytes.baseAddress, bytes.count, flags)
        guard count < 0 else { return count }
        guard errno == EAGAIN else { throw Failure(call: "recv") }
        return nil
    }

    /// Discards available bytes without copying (tcp(7), MSG_TRUNC).
    func discard(_ scratch: UnsafeMutableRawBufferPointer) throws -> Int? {
        try self.receive(into: scratch, flags: CInt(MSG_TRUNC))
    }

    /// Sends all bytes, on a blocking socket.
    func sendAll(_ bytes: UnsafeRawBufferPointer) throws {
        var sent = 0
        while sent < bytes.count { sent += try self.send(UnsafeRawBufferPointer(rebasing: bytes[sent...])) ?? 0 }
    }

    /// Receives exactly as many bytes as the buffer holds, on a blocking socket.
    func receiveAll(into bytes: UnsafeMutableRawBufferPointer) throws {
        guard try self.receive(into: bytes, flags: CInt(MSG_WAITALL)) == bytes.count else {
            throw Failure("the connection ended before its answer was complete")
        }
    }

    /// Sends a FIN.
    func finish() {
        shutdown(self.descriptor, CInt(SHUT_WR))
    }

    func close() {
        Glibc.close(self.descriptor)
    }

    /// Sets whether the socket blocks.
    func setBlocking(_ isBlocking: Bool) {
        let flags = fcntl(self.descriptor, F_GETFL)
        _ = fcntl(self.descriptor, F_SETFL, isBlocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK)
    }

    private func set(_ level: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(self.descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private func bind(to address: UInt32, _ port: UInt16) throws {
        let result = Self.withAddress(address, port) { Glibc.bind(self.descriptor, $0, $1) }
        guard result == 0 else { throw Failure(call: "bind to port \(port)") }
    }

    private static func withAddress(
        _ address: UInt32,
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var storage = sockaddr_in()
        storage.sin_family = sa_family_t(AF_INET)
        storage.sin_port = port.bigEndian
        storage.sin_addr.s_addr = address.bigEndian
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
