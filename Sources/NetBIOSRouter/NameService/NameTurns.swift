import DequeModule
import Sockets

/// Gives the nodes of the name service their turns, one node in each turn of the event loop.
///
/// A node does a bounded amount of work in a turn (``NameNode/workLimit``), so however many networks there are, datagrams are
/// answered between any two parts of the work. Belongs to its event loop.
final class NameTurns {
    private let loop: EventLoop
    private var waiting: Deque<() -> Void> = []

    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Calls `work` on a later turn of the loop, after everything that was requested before.
    func request(_ work: @escaping () -> Void) {
        if self.waiting.isEmpty { self.awaitTurn() }
        self.waiting.append(work)
    }

    private func awaitTurn() {
        self.loop.nextTurn {
            let work = self.waiting.first
            work?()
            self.waiting.removeFirst()
            if !self.waiting.isEmpty { self.awaitTurn() }
        }
    }
}

@available(*, unavailable)
extension NameTurns: Sendable {}
