import Synchronization

/// The stream that a receiver saw.
struct ReceivedStream: Hashable, Sendable {
    /// The bytes before the end.
    var count = 0
    /// Whether all of them are those of the ``Pattern``.
    var isIntact = true
    var end = End.none

    enum End: Hashable, Sendable {
        /// No end within the test.
        case none
        /// A FIN.
        case finished
        case reset
    }
}

extension RawSession {
    /// Receives up to the end of the stream, whichever it is, and compares with the ``Pattern`` from an offset on.
    func receiveStream(from start: Int = 0, within seconds: Double) throws -> ReceivedStream {
        let deadline = Deadline(seconds: seconds)
        var stream = ReceivedStream(count: start)
        do {
            while true {
                let bytes = try self.receive(upTo: 262_144, within: Double(deadline.remainingMilliseconds) / 1000)
                guard !bytes.isEmpty else {
                    stream.end = .finished
                    return stream
                }
                if !Pattern.matches(bytes, at: stream.count) { stream.isIntact = false }
                stream.count += bytes.count
            }
        } catch Failure.reset {
            stream.end = .reset
        } catch Failure.timedOut {}
        return stream
    }

    /// Sends the ``Pattern`` until the peer's kernel accepts no more.
    ///
    /// - Returns: The number of bytes that this side's kernel has accepted.
    func sendPatternUntilBlocked(atMost limit: Int = 64 << 20, patience: Double = 0.5) throws -> Int {
        var sent = 0
        while sent < limit {
            let piece = Array(Pattern.bytes(at: sent, count: limit - sent))
            do {
                try self.send(piece, within: patience)
                sent += piece.count
            } catch Failure.timedOut(let count) {
                return sent + count
            }
        }
        return sent
    }
}

/// Passes a backend's connection to the test, which uses it on its own thread, until the flag is raised.
final class Handover: Sendable {
    private let connection = Mutex<RawSession?>(nil)
    private let over = Flag()

    /// Serves one connection, as the `serve` of a ``RawServer``.
    func serve(_ session: RawSession) throws {
        self.connection.withLock { $0 = session }
        try self.over.wait(within: 180)
    }

    /// Waits for the connection.
    func session() throws -> RawSession {
        try eventually("a connection to the backend") { self.connection.withLock { $0 != nil } }
        guard let session = self.connection.withLock({ $0 }) else {
            throw WaitedInVain(expected: "a connection to the backend", seconds: 0)
        }
        return session
    }

    /// Lets the server close the connection.
    func end() { self.over.raise() }
}
