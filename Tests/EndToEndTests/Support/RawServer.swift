import Foundation
import Glibc
import Synchronization

/// A TCP server inside the test process, with full control over its bytes.
final class RawServer: Sendable {
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var accepted = 0
        var sessions: [RawSession] = []
        var isStopped = false
    }

    /// Listens on a host's port; every connection is served on a thread of its own, and closed after `serve`.
    ///
    /// An error of `serve` only ends its connection.
    init(
        on host: Host,
        address: String = "0.0.0.0",
        port: UInt16 = 445,
        options: RawSession.Options = .init(),
        serve: @escaping @Sendable (RawSession) throws -> Void
    ) throws {
        let listener = try host.namespace.enter {
            let socket = try openSocket(SOCK_STREAM)
            if let size = options.receiveBuffer { setOption(socket, SOL_SOCKET, SO_RCVBUF, size) }
            try bindSocket(socket, to: address, port: port)
            guard listen(socket, 1024) == 0 else { throw SystemFailure("listen on \(address):\(port)") }
            setNonBlocking(socket)
            return socket
        }
        self.listener = listener
        host.own { self.stop() }
        let thread = Thread { self.acceptConnections(serve) }
        thread.start()
    }

    /// The number of accepted connections.
    var accepted: Int { self.state.withLock { $0.accepted } }

    /// Closes the listener and every connection.
    func stop() {
        let sessions = self.state.withLock { state in
            // With the lock held, before the thread may close it: another socket may reuse its number.
            if !state.isStopped { shutdown(self.listener, Int32(SHUT_RDWR)) }
            state.isStopped = true
            defer { state.sessions = [] }
            return state.sessions
        }
        for session in sessions { session.interrupt() }
    }

    private func acceptConnections(_ serve: @escaping @Sendable (RawSession) throws -> Void) {
        defer { close(self.listener) }
        while !self.state.withLock({ $0.isStopped }) {
            var poll = pollfd(fd: self.listener, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, 100) > 0 else { continue }
            // Swift's Glibc module has no accept4(2), so no program may be started between these two calls.
            let socket = ChildProcess.starting.withLock { _ in
                let socket = accept(self.listener, nil, nil)
                if socket >= 0 { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
                return socket
            }
            guard socket >= 0 else { continue }
            let session = RawSession(socket: socket)
            self.state.withLock { state in
                state.accepted += 1
                state.sessions.append(session)
            }
            let thread = Thread {
                try? serve(session)
                session.close()
                self.state.withLock { $0.sessions.removeAll { $0 === session } }
            }
            thread.start()
        }
    }
}

extension RawServer {
    /// Makes a server that echoes all bytes, and sends its FIN after the peer's.
    static func echo(on host: Host, port: UInt16 = 445) throws -> RawServer {
        try RawServer(on: host, port: port) { session in
            while true {
                let bytes = try session.receive(upTo: 262_144, within: 60)
                if bytes.isEmpty { return }
                try session.send(bytes, within: 60)
            }
        }
    }

    /// Makes a server that sends its name in a message frame, then echoes all bytes.
    static func greeter(on host: Host, port: UInt16 = 445, saying text: String) throws -> RawServer {
        try RawServer(on: host, port: port) { session in
            try session.send(Wire.message(Array(text.utf8)))
            while true {
                let bytes = try session.receive(within: 60)
                if bytes.isEmpty { return }
                try session.send(bytes, within: 60)
            }
        }
    }
}
