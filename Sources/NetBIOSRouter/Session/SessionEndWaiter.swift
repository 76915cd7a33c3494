import Synchronization

/// A task that waits until some sessions have ended.
final class SessionEndWaiter: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, Never>?
        /// The sessions that have not ended; `nil` to wait for all there are.
        var left: Set<SessionID>?
        var isOver = false
    }

    private let state = Mutex(State())

    func start(_ continuation: CheckedContinuation<Void, Never>) {
        let isOver = self.state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        if isOver { continuation.resume() }
    }

    func wait(for sessions: Set<SessionID>?) {
        self.state.withLock { $0.left = sessions }
    }

    /// Records the end of a session.
    ///
    /// - Returns: Whether the wait is over.
    func ended(_ id: SessionID, isLast: Bool) -> Bool {
        self.state.withLock { state in
            state.left?.remove(id)
            return state.left?.isEmpty ?? isLast
        }
    }

    /// Ends the wait, also one that has not started yet; further calls have no effect.
    func resume() {
        let continuation = self.state.withLock { state in
            state.isOver = true
            return state.continuation.take()
        }
        continuation?.resume()
    }
}
