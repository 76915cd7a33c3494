import Testing

@testable import Sockets

struct LoopTimersTests {
    private let start = MonotonicTime(nanoseconds: 0)

    /// Whether there is anything to do, which is then taken out.
    private func isDue(_ timers: inout LoopTimers, at moment: MonotonicTime) -> Bool {
        switch timers.next(at: moment) {
        case .some: true
        case .none: false
        }
    }

    @Test func `they are due in their order, each once, and none before its time`() {
        var timers = LoopTimers(), done: [Int] = []
        for second in [3, 1, 2] {
            _ = timers.schedule(at: self.start + .seconds(second)) { done.append(second) }
        }
        #expect(timers.deadline == self.start + .seconds(1))
        #expect(!self.isDue(&timers, at: self.start))
        while let action = timers.next(at: self.start + .seconds(2)) { action() }
        #expect(done == [1, 2])
        while let action = timers.next(at: self.start + .seconds(9)) { action() }
        #expect(done == [1, 2, 3])
        #expect(timers.deadline == nil)
    }

    @Test func `one that is cancelled is not due, and cancelling it again or too late does no harm`() {
        var timers = LoopTimers(), done: [Int] = []
        let first = timers.schedule(at: self.start) { done.append(1) }
        let second = timers.schedule(at: self.start) { done.append(2) }
        timers.cancel(first)
        timers.cancel(first)
        while let action = timers.next(at: self.start) { action() }
        timers.cancel(second)
        #expect(done == [2])
    }

    @Test func `a million that were cancelled long before their time take no memory`() {
        var timers = LoopTimers()
        let kept = timers.schedule(at: self.start + .hours(2)) {}
        for _ in 0..<1_000_000 { timers.cancel(timers.schedule(at: self.start + .hours(1)) {}) }
        #expect(timers.count < 200)
        #expect(!self.isDue(&timers, at: self.start + .hours(1)))
        #expect(self.isDue(&timers, at: self.start + .hours(2)))
        _ = kept
    }
}
