import Sockets
import NetBIOS

/// Does one thing at the deadline that a state machine names, which may change after each of its events.
///
/// Belongs to its event loop.
final class DeadlineTimer {
    private let loop: EventLoop
    private var pending: (deadline: MonotonicTime, timer: LoopTimer)?

    /// - Parameter loop: Where things are done.
    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// The moment, as state machines count it.
    static var now: Duration { .nanoseconds(MonotonicTime.now().nanoseconds) }

    /// Has `action` done at the deadline, at once if that has passed, and nothing at the one before; `nil` for nothing at
    /// all.
    func set(_ deadline: Duration?, _ action: @escaping () -> Void) {
        let deadline = deadline.map { MonotonicTime(nanoseconds: $0.nanoseconds) }
        guard deadline != self.pending?.deadline else { return }
        self.cancel()
        self.pending = deadline.map { deadline in
            let timer = self.loop.schedule(at: deadline) {
                self.pending = nil
                action()
            }
            return (deadline, timer)
        }
    }

    /// Has nothing done.
    func cancel() {
        self.loop.cancel(self.pending?.timer)
        self.pending = nil
    }
}

@available(*, unavailable)
extension DeadlineTimer: Sendable {}
