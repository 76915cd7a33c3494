import HeapModule
import NIOCore

/// Something to be done at a moment, unless it is cancelled first.
final class LoopTimer {
    fileprivate let deadline: NIODeadline
    fileprivate var action: (() -> Void)?

    fileprivate init(deadline: NIODeadline, action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

/// The timers of a ``SocketLoop``, the next one first.
struct LoopTimers {
    private var heap = Heap<Entry>()
    /// Those in the heap that are cancelled.
    private var cancelled = 0

    private struct Entry: Comparable {
        let timer: LoopTimer

        static func == (one: Entry, other: Entry) -> Bool { one.timer === other.timer }
        static func < (one: Entry, other: Entry) -> Bool { one.timer.deadline < other.timer.deadline }
    }

    /// When the next one is due, or one that was cancelled would have been.
    var deadline: NIODeadline? { self.heap.min?.timer.deadline }

    /// How many are kept, those that are cancelled among them.
    var count: Int { self.heap.count }

    mutating func schedule(at deadline: NIODeadline, _ action: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(deadline: deadline, action: action)
        self.heap.insert(Entry(timer: timer))
        return timer
    }

    /// Forgets what a timer was to do. Most timers are cancelled: they are swept out when they are the greater part.
    mutating func cancel(_ timer: LoopTimer) {
        guard timer.action != nil else { return }
        timer.action = nil
        self.cancelled += 1
        guard self.cancelled > 64, self.cancelled > self.heap.count / 2 else { return }
        self.heap = Heap(self.heap.unordered.filter { $0.timer.action != nil })
        self.cancelled = 0
    }

    /// Takes out what is due next; `nil` when nothing is.
    mutating func next(at now: NIODeadline) -> (() -> Void)? {
        while let first = self.heap.min, first.timer.deadline <= now {
            self.heap.removeMin()
            if let action = first.timer.action {
                first.timer.action = nil
                return action
            }
            self.cancelled -= 1
        }
        return nil
    }
}
