import Glibc

/// A UDP socket on one host.
final class RawDatagrams: Sendable {
    private let socket: Int32

    /// A datagram and where it came from.
    struct Received: Hashable, Sendable {
        let bytes: [UInt8]
        let address: String
        let port: UInt16
    }

    /// Opens a socket on the given port, or one of the kernel's choice; it may broadcast.
    init(on host: Host, address: String = "0.0.0.0", port: UInt16 = 0) throws {
        self.socket = try host.namespace.enter {
            let socket = try openSocket(SOCK_DGRAM)
            setOption(socket, SOL_SOCKET, SO_BROADCAST, 1)
            try bindSocket(socket, to: address, port: port)
            return socket
        }
    }

    deinit { close(self.socket) }

    /// Sends one datagram.
    func send(_ bytes: [UInt8], to address: String, port: UInt16 = 137) throws {
        let count = try withAddress(address, port: port) { sendto(self.socket, bytes, bytes.count, 0, $0, $1) }
        guard count == bytes.count else { throw SystemFailure("send a datagram to \(address):\(port)") }
    }

    /// Receives the next datagram; `nil` on time-out.
    func receive(within seconds: Double) throws -> Received? {
        var poll = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Int32(seconds * 1000)) > 0 else { return nil }
        var source = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = withUnsafeMutablePointer(to: &source) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(self.socket, &bytes, bytes.count, 0, $0, &size)
            }
        }
        guard count >= 0 else { throw SystemFailure("receive a datagram") }
        var text = [UInt8](repeating: 0, count: Int(INET_ADDRSTRLEN))
        text.withUnsafeMutableBytes { raw in
            _ = inet_ntop(
                AF_INET,
                &source.sin_addr,
                raw.bindMemory(to: CChar.self).baseAddress,
                socklen_t(INET_ADDRSTRLEN)
            )
        }
        return Received(
            bytes: Array(bytes.prefix(count)),
            address: String(decoding: text.prefix { $0 != 0 }, as: UTF8.self),
            port: UInt16(bigEndian: source.sin_port)
        )
    }

    /// Sends a request, and returns the response with the same transaction id; `nil` on time-out.
    func ask(_ request: [UInt8], of address: String, within seconds: Double = 2) throws -> [UInt8]? {
        try self.send(request, to: address)
        let deadline = Deadline(seconds: seconds)
        while let answer = try self.receive(within: Double(deadline.remainingMilliseconds) / 1000) {
            if answer.bytes.prefix(2) == request.prefix(2) { return answer.bytes }
        }
        return nil
    }
}
