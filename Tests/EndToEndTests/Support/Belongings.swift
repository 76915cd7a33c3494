import Synchronization

/// The cleanup actions of a test, run before its network is deleted.
final class Belongings: Sendable {
    private let steps = Mutex<[@Sendable () -> Void]>([])

    /// Adds a cleanup action.
    func add(_ undo: @escaping @Sendable () -> Void) {
        self.steps.withLock { $0.append(undo) }
    }

    /// Runs all actions, the last one first.
    func undo() {
        while let step = self.steps.withLock({ $0.popLast() }) { step() }
    }
}
