import Synchronization

/// What a test has started on its network and what must be undone before the network is taken down.
final class Belongings: Sendable {
    private let steps = Mutex<[@Sendable () -> Void]>([])

    /// Has something undone at the end.
    func add(_ undo: @escaping @Sendable () -> Void) {
        self.steps.withLock { $0.append(undo) }
    }

    /// Undoes everything, the last first.
    func undo() {
        while let step = self.steps.withLock({ $0.popLast() }) { step() }
    }
}
