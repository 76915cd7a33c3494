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
        /// Lines for the thread.
        var pending: [UInt8] = []
        /// Bytes that it has taken and not written yet.
        var beingWritten = 0
        /// Whether the thread has been told that there is something.
        var isAwake = false
        var dropped = 0
        /// The line that tells how many were dropped.
        var dropNotice: @Sendable (Int) -> String = { "\($0) lines were dropped here\n" }
    }

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "nbrouter.standard-error")

    /// Bytes that wait to be written at most.
    private static let limit = 4 * 1_048_576

    /// After a write the thread waits so long, in microseconds, for more to write at once: to be woken for each line would
    /// cost as much as the session that it tells of.
    private static let pause: UInt32 = 5_000

    /// Writes all of the text, in order, soon.
    static func write(_ text: String) {
        let mustWake = self.state.withLock { state in
            guard state.beingWritten + state.pending.count + text.utf8.count <= self.limit else {
                state.dropped += 1
                return false
            }
            state.pending += text.utf8
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWake { self.wake() }
    }

    /// Has the thread write what there is, and come again when there is more by then.
    private static func wake() {
        self.queue.async {
            self.writePending()
            usleep(self.pause)
            let isMore = self.state.withLock { state in
                state.isAwake = !state.pending.isEmpty
                return state.isAwake
            }
            if isMore { self.wake() }
        }
    }

    /// Writes what there is. On the thread.
    private static func writePending() {
        let bytes = self.state.withLock { state in
            let bytes = state.pending
            state.pending = []
            state.beingWritten = bytes.count
            return bytes
        }
        self.writeNow(bytes)
        let notice: String? = self.state.withLock { state in
            state.beingWritten = 0
            defer { state.dropped = 0 }
            return state.dropped > 0 ? state.dropNotice(state.dropped) : nil
        }
        if let notice { self.writeNow(Array(notice.utf8)) }
    }

    /// Sets the line that tells how many lines were dropped, so that it has the form of the log.
    static func tellOfDrops(_ notice: @escaping @Sendable (Int) -> String) {
        self.state.withLock { $0.dropNotice = notice }
    }

    /// Waits until what was written before has left, but no longer than a second.
    static func flush() {
        let isEmpty = DispatchSemaphore(value: 0)
        self.queue.async {
            self.writePending()
            isEmpty.signal()
        }
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
