import Dispatch
import Glibc
import Sockets
import Synchronization

/// Standard error, where the log and messages for people go, written to by a thread of its own.
///
/// Writers never wait: a terminal that was stopped, or a program that does not read its end of a pipe, holds up this
/// thread and no session. Up to ``limit`` bytes wait for it; the excess is dropped, counted, and reported when lines
/// can be written again.
enum StandardError {
    private struct State {
        /// The queued texts, in order.
        var texts: [[UInt8]] = []
        /// Bytes queued or being written.
        var waiting = 0
        /// Whether the thread is active and finds new texts without being woken.
        var isWriting = false
        var dropped = 0
        /// `nil` before ``start()``: writers write themselves.
        var thread: BlockingPool?
        /// The line that tells how many were dropped.
        var dropNotice: @Sendable (Int) -> [UInt8] = { Array("\($0) lines were dropped here\n".utf8) }
    }

    private static let state = Mutex(State())

    /// The maximum number of queued bytes.
    private static let limit = 4 * 1_048_576

    /// The time that the thread waits for further lines; waking it costs the writer as much as writing the line.
    private static let linger = DispatchTimeInterval.milliseconds(5)

    /// Ends the wait.
    private static let haste = DispatchSemaphore(value: 0)

    /// The maximum bytes per system call, unless a single text is longer; lines of several processes do not mix in a
    /// pipe (pipe(7), PIPE_BUF).
    private static let batch = 4096

    /// Starts the thread.
    ///
    /// - Throws: ``SystemCallError`` where no thread is left.
    static func start() throws(SystemCallError) {
        let thread = try BlockingPool(threadCount: 1)
        self.state.withLock { $0.thread = thread }
    }

    /// Writes all of the text, in order, soon.
    static func write(_ text: String) { self.write(Array(text.utf8)) }

    /// Queues a text.
    static func write(_ text: [UInt8]) {
        let (thread, isAsleep) = self.state.withLock { state -> (BlockingPool?, Bool) in
            guard let thread = state.thread else { return (nil, false) }
            let count = text.count
            guard state.waiting + count <= self.limit else {
                state.dropped += 1
                return (thread, false)
            }
            state.waiting += count
            state.texts.append(text)
            defer { state.isWriting = true }
            return (thread, !state.isWriting)
        }
        guard let thread else { return self.writeNow(text) }
        if isAsleep { thread.submit { self.writeWaiting() } }
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
    static func reportDrops(_ notice: @escaping @Sendable (Int) -> [UInt8]) {
        self.state.withLock { $0.dropNotice = notice }
    }

    /// Waits until the text written before has left, but no longer than a limit.
    static func flush(milliseconds limit: Int = 1000) {
        guard let thread = self.state.withLock({ $0.thread }) else { return }
        let isEmpty = DispatchSemaphore(value: 0)
        self.haste.signal()
        thread.submit { isEmpty.signal() }
        _ = isEmpty.wait(timeout: .now() + .milliseconds(limit))
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
