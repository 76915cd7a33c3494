import Foundation
import Glibc
import Synchronization

/// An echo server for thousands of connections on one thread; ``RawServer`` has a thread for each.
final class CrowdServer: Sendable {
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var accepted = 0
        var open = 0
        var isStopped = false
    }

    /// Listens on a host's port.
    init(on host: Host, port: UInt16 = 445) throws {
        let listener = try host.namespace.enter {
            let socket = try openSocket(SOCK_STREAM)
            try bindSocket(socket, to: "0.0.0.0", port: port)
            guard listen(socket, 4096) == 0 else { throw SystemFailure("listen on port \(port)") }
            setNonBlocking(socket)
            return socket
        }
        self.listener = listener
        host.own { self.state.withLock { $0.isStopped = true } }
        let thread = Thread { self.serve() }
        thread.start()
    }

    /// The number of accepted connections.
    var accepted: Int { self.state.withLock { $0.accepted } }

    /// The number of open connections.
    var open: Int { self.state.withLock { $0.open } }

    private func serve() {
        var polled = [pollfd(fd: self.listener, events: Int16(POLLIN), revents: 0)]
        defer { for entry in polled { close(entry.fd) } }
        while !self.state.withLock({ $0.isStopped }) {
            guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
            for index in polled.indices.dropFirst() where polled[index].revents != 0 && !Self.echo(polled[index].fd) {
                close(polled[index].fd)
                polled[index].fd = -1
            }
            let before = polled.count
            polled.removeAll { $0.fd < 0 }
            self.state.withLock { $0.open -= before - polled.count }
            if polled[0].revents != 0 {
                self.acceptAll { polled.append(pollfd(fd: $0, events: Int16(POLLIN), revents: 0)) }
            }
        }
    }

    private func acceptAll(_ taken: (Int32) -> Void) {
        while true {
            // Swift's Glibc module has no accept4(2), so no program may be started between these two calls.
            let socket = ChildProcess.starting.withLock { _ in
                let socket = accept(self.listener, nil, nil)
                if socket >= 0 { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
                return socket
            }
            guard socket >= 0 else { return }
            setNonBlocking(socket)
            setOption(socket, tcpOptions, TCP_NODELAY, 1)
            self.state.withLock { state in
                state.accepted += 1
                state.open += 1
            }
            taken(socket)
        }
    }

    /// Echoes pending bytes; those beyond the kernel's buffer are dropped, so that the thread never waits.
    ///
    /// - Returns: Whether the connection continues.
    private static func echo(_ socket: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let received = recv(socket, buffer.baseAddress, buffer.count, 0)
            if received < 0 { return errno == EAGAIN }
            guard received > 0 else { return false }
            return send(socket, buffer.baseAddress, received, Int32(MSG_NOSIGNAL)) >= 0 || errno == EAGAIN
        }
    }
}
