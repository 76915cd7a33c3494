import Dispatch
import Glibc
import Synchronization

/// Standard error, for the log and messages to people, written by a dedicated thread.
///
/// Writers never block: a stopped terminal or a full pipe blocks this thread, and no session. Up to ``limit`` bytes are
/// queued; the rest is dropped, counted, and reported when output resumes.
enum StandardError {
    private struct State {
        /// The queued texts, in order.
        var texts: [[UInt8]] = []
        /// Bytes queued or being written.
        var waiting = 0
        /// Whether the thread is active and finds new texts without being woken.
        var isWriting = false
        var dropped = 0
        /// Formats the report of dropped lines.
        var dropNotice: @Sendable (Int) -> [UInt8] = { Array("\($0) lines were dropped here\n".utf8) }
    }

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "nbrouter.standard-error")

    /// The maximum number of queued bytes.
    private static let limit = 4 * 1_048_576

    /// The time that the thread waits for further lines; waking it costs the writer as much as writing the line.
    private static let linger = DispatchTimeInterval.milliseconds(5)

    /// Ends the wait.
    private static let haste = DispatchSemaphore(value: 0)

    /// The maximum bytes per system call, unless a single text is longer; lines of several processes do not mix in a
    /// pipe (pipe(7), PIPE_BUF).
    private static let batch = 4096

    /// Queues a text.
    static func write(_ text: String) { self.write(Array(text.utf8)) }

    /// Queues a text.
    static func write(_ text: [UInt8]) {
        let isAsleep = self.state.withLock { state in
            let count = text.count
            guard state.waiting + count <= self.limit else {
                state.dropped += 1
                return false
            }
            state.waiting += count
            state.texts.append(text)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isAsleep { self.queue.async { self.writeWaiting() } }
    }

    /// Writes queued texts until no more arrive for ``linger``.
    private static func writeWaiting() {
        while true {
            let texts = self.take(orRest: false)
            self.writeNow(texts)
            guard texts.isEmpty else { continue }
            _ = self.haste.wait(timeout: .now() + self.linger)
            let late = self.take(orRest: true)
            guard !late.isEmpty else { return }
            self.writeNow(late)
        }
    }

    /// Takes all queued texts. If there are none and `rests` is set, marks the thread as idle, so that the next text
    /// wakes it.
    private static func take(orRest rests: Bool) -> [[UInt8]] {
        self.state.withLock { state in
            if rests, state.texts.isEmpty { state.isWriting = false }
            defer { state.texts = [] }
            return state.texts
        }
    }

    /// Writes texts, several short ones at once.
    private static func writeNow(_ texts: [[UInt8]]) {
        var batch: [UInt8] = []
        for text in texts {
            if !batch.isEmpty, batch.count + text.count > self.batch {
                self.writeOut(batch)
                batch = []
            }
            batch += text
        }
        if !batch.isEmpty { self.writeOut(batch) }
    }

    /// Writes bytes, then reports lines that were dropped meanwhile.
    private static func writeOut(_ bytes: [UInt8]) {
        self.writeNow(bytes)
        let notice: [UInt8]? = self.state.withLock { state in
            state.waiting -= bytes.count
            defer { state.dropped = 0 }
            return state.dropped > 0 ? state.dropNotice(state.dropped) : nil
        }
        if let notice { self.writeNow(notice) }
    }

    /// Sets the formatter of the report of dropped lines, so that it matches the log.
    static func tellOfDrops(_ notice: @escaping @Sendable (Int) -> [UInt8]) {
        self.state.withLock { $0.dropNotice = notice }
    }

    /// Waits until the queue is written, at most a second.
    static func flush() {
        let isEmpty = DispatchSemaphore(value: 0)
        self.haste.signal()
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
                // Another process made the terminal non-blocking.
                var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
