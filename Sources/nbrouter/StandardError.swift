import Dispatch
import Glibc
import Synchronization

/// Standard error, where the log and what is said to people go, written to by a thread of its own.
///
/// Whoever writes never waits: a terminal that was stopped, or a program that does not read its end of a pipe, holds up this
/// thread and no session. Up to ``limit`` bytes wait for it; what is over that is dropped, counted, and told of when lines
/// can be written again.
enum StandardError {
    private struct State {
        var waiting = 0
        var dropped = 0
        /// The line that tells how many were dropped.
        var dropNotice: @Sendable (Int) -> String = { "\($0) lines were dropped here\n" }
    }

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "nbrouter.standard-error")

    /// Bytes that wait to be written at most.
    private static let limit = 4 * 1_048_576

    /// Writes all of the text, in order, soon.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        let isAccepted = self.state.withLock { state in
            guard state.waiting + bytes.count <= self.limit else {
                state.dropped += 1
                return false
            }
            state.waiting += bytes.count
            return true
        }
        guard isAccepted else { return }
        self.queue.async {
            self.writeNow(bytes)
            let notice: String? = self.state.withLock { state in
                state.waiting -= bytes.count
                defer { state.dropped = 0 }
                return state.dropped > 0 ? state.dropNotice(state.dropped) : nil
            }
            if let notice { self.writeNow(Array(notice.utf8)) }
        }
    }

    /// Sets the line that tells how many lines were dropped, so that it has the form of the log.
    static func tellOfDrops(_ notice: @escaping @Sendable (Int) -> String) {
        self.state.withLock { $0.dropNotice = notice }
    }

    /// Waits until what was written before has left, but no longer than a second.
    static func flush() {
        let isEmpty = DispatchSemaphore(value: 0)
        self.queue.async { isEmpty.signal() }
        _ = isEmpty.wait(timeout: .now() + 1)
    }

    private static func writeNow(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody else made the terminal non-blocking.
                var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
