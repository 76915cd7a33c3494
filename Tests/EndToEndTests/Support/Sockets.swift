import Glibc

/// `IPPROTO_TCP` as an option level.
let tcpOptions = Int32(IPPROTO_TCP)

/// Opens an IPv4 socket that programs which the test starts do not inherit.
func openSocket(_ kind: __socket_type) throws -> Int32 {
    let socket = Glibc.socket(AF_INET, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw SystemFailure("open a socket") }
    return socket
}

/// Makes calls on a socket return at once.
func setNonBlocking(_ socket: Int32) {
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
}

/// Sets an option that is a number.
func setOption(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// Hands an IPv4 address to a call that wants the general form.
func withAddress<Value>(
    _ text: String,
    port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Value
) throws -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, text, &address.sin_addr) == 1 else {
        throw SystemFailure("read the address \(text)", code: EINVAL)
    }
    return try withUnsafePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

/// The IPv4 address of a socket's other end; `nil` where there is none.
func peer(of socket: Int32) -> String? {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) }
    }
    guard status == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return withUnsafeBytes(of: address.sin_addr) { $0.map { "\($0)" }.joined(separator: ".") }
}

/// Binds a socket.
func bindSocket(_ socket: Int32, to address: String, port: UInt16) throws {
    setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1)
    guard try withAddress(address, port: port, { bind(socket, $0, $1) }) == 0 else {
        throw SystemFailure("bind \(address):\(port)")
    }
}

/// Connects a non-blocking socket and waits until it is.
func connectSocket(_ socket: Int32, to address: String, port: UInt16, within deadline: Deadline) throws {
    let action = "connect to \(address):\(port)"
    if try withAddress(address, port: port, { connect(socket, $0, $1) }) == 0 { return }
    guard errno == EINPROGRESS else { throw SystemFailure(action) }
    var poll = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    guard Glibc.poll(&poll, 1, deadline.remainingMilliseconds) > 0 else { throw SystemFailure(action, code: ETIMEDOUT) }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
    guard code == 0 else { throw SystemFailure(action, code: code) }
}
