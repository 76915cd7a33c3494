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
        /// What waits to be written, one text behind the other.
        var texts: [[UInt8]] = []
        /// Bytes of them, and of those that are being written.
        var waiting = 0
        /// Whether the thread looks for more by itself.
        var isWriting = false
        var dropped = 0
        /// The line that tells how many were dropped.
        var dropNotice: @Sendable (Int) -> [UInt8] = { Array("\($0) lines were dropped here\n".utf8) }
    }

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "nbrouter.standard-error")

    /// Bytes that wait to be written at most.
    private static let limit = 4 * 1_048_576

    /// How long the thread waits for more behind the last line: to wake it costs whoever writes as much as the line itself.
    private static let linger = DispatchTimeInterval.milliseconds(5)

    /// Ends such a wait.
    private static let haste = DispatchSemaphore(value: 0)

    /// Bytes that one system call writes at most, unless one text is longer: the lines of several programs do not mix in a
    /// pipe (pipe(7), PIPE_BUF).
    private static let batch = 4096

    /// Writes all of the text, in order, soon.
    static func write(_ text: String) { self.write(Array(text.utf8)) }

    /// Writes all of the text, in order, soon.
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

    /// Writes what waits, and what comes meanwhile, until nothing has come for a while.
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

    /// Takes all texts; where there are none, and that is wanted, the next one wakes the thread.
    private static func take(orRest rests: Bool) -> [[UInt8]] {
        self.state.withLock { state in
            if rests, state.texts.isEmpty { state.isWriting = false }
            defer { state.texts = [] }
            return state.texts
        }
    }

    /// Writes texts, several at once where they are short.
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

    /// Writes bytes that waited, then tells of lines that were dropped meanwhile.
    private static func writeOut(_ bytes: [UInt8]) {
        self.writeNow(bytes)
        let notice: [UInt8]? = self.state.withLock { state in
            state.waiting -= bytes.count
            defer { state.dropped = 0 }
            return state.dropped > 0 ? state.dropNotice(state.dropped) : nil
        }
        if let notice { self.writeNow(notice) }
    }

    /// Sets the line that tells how many lines were dropped, so that it has the form of the log.
    static func tellOfDrops(_ notice: @escaping @Sendable (Int) -> [UInt8]) {
        self.state.withLock { $0.dropNotice = notice }
    }

    /// Waits until what was written before has left, but no longer than a second.
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
                // Somebody else made the terminal non-blocking.
                var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
