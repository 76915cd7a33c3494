import Dispatch
import Synchronization

// Tests/run sees with this program what the thread sanitizer is worth: four threads count under one Mutex, which is
// seldom free; with the argument `race` two of them hold another Mutex.

/// A number that is guarded by whichever Mutex its users take.
final class Counter: @unchecked Sendable {
    let first = Mutex(0)
    let second = Mutex(0)
    var count = 0

    func add(under mutex: borrowing Mutex<Int>) {
        mutex.withLock { total in
            total += 1
            self.count += 1
        }
    }
}

let counter = Counter()
let isRace = CommandLine.arguments.contains("race")
DispatchQueue.concurrentPerform(iterations: 4) { thread in
    for _ in 0..<20_000 {
        if isRace, thread % 2 == 1 { counter.add(under: counter.second) } else { counter.add(under: counter.first) }
    }
}
