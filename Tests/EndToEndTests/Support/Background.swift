import Foundation
import Synchronization

/// Work on a thread of its own, concurrent with the test.
final class Background<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    /// Starts the work.
    init(_ work: @escaping @Sendable () throws -> Value) {
        let thread = Thread {
            let result = Result { try work() }
            self.result.withLock { $0 = result }
        }
        thread.start()
    }

    /// Whether it is done.
    var isDone: Bool { self.result.withLock { $0 != nil } }

    /// Waits for its result.
    func value(within seconds: Double) throws -> Value {
        try eventually("the end of work in the background", within: seconds) { self.isDone }
        guard let result = self.result.withLock({ $0 }) else {
            throw WaitedInVain(expected: "a result", seconds: seconds)
        }
        return try result.get()
    }
}

/// A counter that several threads increment.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { self.count.withLock { $0 } }

    func add(_ number: Int = 1) { self.count.withLock { $0 += number } }
}

/// A flag that one thread raises and others wait for.
final class Flag: Sendable {
    private let raised = Mutex(false)

    var isRaised: Bool { self.raised.withLock { $0 } }

    func raise() { self.raised.withLock { $0 = true } }

    /// Waits until it is raised.
    func wait(within seconds: Double = 60) throws {
        try eventually("a flag", within: seconds) { self.isRaised }
    }
}
