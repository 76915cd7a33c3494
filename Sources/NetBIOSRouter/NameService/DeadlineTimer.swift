import Sockets
import NetBIOS

/// A timer for the deadline of a state machine, which may change after each event.
///
/// Confined to its event loop.
final class DeadlineTimer {
    private let loop: EventLoop
    private var pending: (deadline: MonotonicTime, timer: LoopTimer)?

    /// - Parameter loop: The loop that actions run on.
    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// The current time, as state machines count it.
    static var now: Duration { .nanoseconds(MonotonicTime.now().nanoseconds) }

    /// Sets the deadline of `action`, which replaces the previous one; a past deadline fires at once, and `nil`
    /// cancels.
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

    /// Cancels the timer.
    func cancel() {
        self.loop.cancel(self.pending?.timer)
        self.pending = nil
    }
}

@available(*, unavailable)
extension DeadlineTimer: Sendable {}
