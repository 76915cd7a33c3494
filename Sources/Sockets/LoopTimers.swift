import HeapModule

/// An action at a moment, unless it is cancelled first.
package final class LoopTimer {
    fileprivate let deadline: MonotonicTime
    fileprivate var action: (() -> Void)?

    fileprivate init(deadline: MonotonicTime, action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

/// The timers of an ``EventLoop``, the next one first.
package struct LoopTimers {
    private var heap = Heap<Entry>()
    /// Cancelled timers that are still in the heap.
    private var cancelledCount = 0

    private struct Entry: Comparable {
        let timer: LoopTimer

        static func == (one: Entry, other: Entry) -> Bool { one.timer === other.timer }
        static func < (one: Entry, other: Entry) -> Bool { one.timer.deadline < other.timer.deadline }
    }

    package init() {}

    /// The deadline of the first timer, which may be cancelled.
    package var deadline: MonotonicTime? { self.heap.min?.timer.deadline }

    /// The number of timers in memory, cancelled ones included.
    package var count: Int { self.heap.count }

    package mutating func schedule(at deadline: MonotonicTime, _ action: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(deadline: deadline, action: action)
        self.heap.insert(Entry(timer: timer))
        return timer
    }

    /// Cancels a timer and releases its action. Cancelled timers are removed when they are the greater part.
    package mutating func cancel(_ timer: LoopTimer) {
        guard timer.action != nil else { return }
        timer.action = nil
        self.cancelledCount += 1
        guard self.cancelledCount > 64, self.cancelledCount > self.heap.count / 2 else { return }
        self.heap = Heap(self.heap.unordered.filter { $0.timer.action != nil })
        self.cancelledCount = 0
    }

    /// Removes and returns the next action that is due; `nil` when none is.
    package mutating func next(at now: MonotonicTime) -> (() -> Void)? {
        while let first = self.heap.min, first.timer.deadline <= now {
            self.heap.removeMin()
            if let action = first.timer.action {
                first.timer.action = nil
                return action
            }
            self.cancelledCount -= 1
        }
        return nil
    }
}
