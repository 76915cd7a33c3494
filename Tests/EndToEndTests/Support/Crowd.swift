import Glibc
import Synchronization

/// Many sessions of one client, held open by one thread.
final class Crowd: Sendable {
    private let sockets: Mutex<[Int32]>

    /// Opens connections, a few hundred at a time, and sends `greeting` on each.
    ///
    /// - Parameters:
    ///   - count: The number of connections.
    ///   - host: The client's host.
    ///   - address: The router's address.
    ///   - greeting: The bytes to send, if any.
    ///   - answer: The response to expect on each before the next few hundred, if any.
    /// - Throws: The first error; all connections are closed then.
    init(
        _ count: Int,
        from host: Host,
        to address: String,
        saying greeting: [UInt8] = [],
        expecting answer: [UInt8] = []
    ) throws {
        let sockets = try host.namespace.enter {
            var sockets: [Int32] = []
            do {
                while sockets.count < count {
                    var batch: [Int32] = []
                    for _ in 0..<min(200, count - sockets.count) {
                        let socket = try openSocket(SOCK_STREAM)
                        sockets.append(socket)
                        batch.append(socket)
                        setNonBlocking(socket)
                        _ = try withAddress(address, port: 139) { connect(socket, $0, $1) }
                    }
                    for socket in batch { try Crowd.greet(socket, greeting, answer) }
                }
                return sockets
            } catch {
                for socket in sockets { Glibc.close(socket) }
                throw error
            }
        }
        self.sockets = Mutex(sockets)
    }

    deinit { self.close() }

    /// Ends every connection with FIN.
    func close() {
        self.sockets.withLock { sockets in
            for socket in sockets { Glibc.close(socket) }
            sockets = []
        }
    }

    /// Ends every connection with RST.
    func reset() {
        self.sockets.withLock { sockets in
            var now = linger(l_onoff: 1, l_linger: 0)
            for socket in sockets {
                setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            }
        }
        self.close()
    }

    /// Sends bytes on every connection; closed ones are skipped.
    func send(_ bytes: [UInt8]) {
        self.sockets.withLock { sockets in
            for socket in sockets { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    /// The number of connections that the other side has not closed; received bytes are discarded.
    var open: Int {
        self.sockets.withLock { sockets in
            sockets.count { socket in
                var byte: UInt8 = 0
                while true {
                    let received = recv(socket, &byte, 1, 0)
                    if received > 0 { continue }
                    return received < 0 && errno == EAGAIN
                }
            }
        }
    }

    private static func greet(_ socket: Int32, _ greeting: [UInt8], _ answer: [UInt8]) throws {
        try self.wait(for: POLLOUT, on: socket)
        guard greeting.isEmpty || Glibc.send(socket, greeting, greeting.count, Int32(MSG_NOSIGNAL)) == greeting.count
        else { throw SystemFailure("send") }
        var received: [UInt8] = []
        while received.count < answer.count {
            try self.wait(for: POLLIN, on: socket)
            var bytes = [UInt8](repeating: 0, count: answer.count - received.count)
            let count = recv(socket, &bytes, bytes.count, 0)
            guard count > 0 else { throw SystemFailure("receive after \(received)") }
            received += bytes.prefix(count)
        }
        guard received == answer else { throw RouterFailure(log: "answered \(received)") }
    }

    private static func wait(for events: Int32, on socket: Int32) throws {
        var poll = pollfd(fd: socket, events: Int16(events), revents: 0)
        guard Glibc.poll(&poll, 1, 60_000) > 0 else { throw SystemFailure("wait for a connection", code: ETIMEDOUT) }
    }
}

/// Sessions that are opened, used once and closed, one after the other, by several threads.
enum Churn {
    /// Opens sessions of `name`, and waits until all of them are closed.
    ///
    /// - Returns: The number of failed sessions.
    static func run(_ count: Int, from host: Host, to address: String, calling name: String, threads: Int = 4) throws
        -> Int
    {
        let message = Wire.message(Array("are you there?".utf8))
        let request = Wire.sessionRequest(name) + message
        let answer = Wire.positiveResponse + message
        let failures = Counter()
        let workers = (0..<threads).map { _ in
            Background {
                try host.namespace.enter {
                    for _ in 0..<count / threads where !(self.exchange(request, answer, address)) { failures.add() }
                }
            }
        }
        for worker in workers { try worker.value(within: 600) }
        return failures.value
    }

    private static func exchange(_ request: [UInt8], _ answer: [UInt8], _ address: String) -> Bool {
        guard let socket = try? openSocket(SOCK_STREAM) else { return false }
        defer { Glibc.close(socket) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard (try? withAddress(address, port: 139) { connect(socket, $0, $1) }) == 0,
            send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { return false }
        var received = [UInt8](repeating: 0, count: answer.count)
        guard recv(socket, &received, received.count, Int32(MSG_WAITALL)) == answer.count else { return false }
        return received == answer
    }
}
