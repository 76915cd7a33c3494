/// Bounds the work of a turn of an ``EventLoop``. Confined to the loop.
///
/// Work is counted in bytes that are moved; other work counts as the bytes that take as long. When the budget is spent, reads
/// become small and further turns that sockets requested wait for the next turn of the loop.
package final class WorkBudget {
    /// The work of the sockets that epoll_wait(2) reported in a turn, and again that of requested turns: a sixteenth of it is
    /// the largest read. Together some five milliseconds.
    package static let capacity = 8 * 1024 * 1024

    private var left = WorkBudget.capacity

    package init() {}

    package var isSpent: Bool { self.left <= 0 }

    /// Records work that was done.
    package func spend(_ work: Int) { self.left -= work }

    func renew() { self.left = Self.capacity }
}

@available(*, unavailable)
extension WorkBudget: Sendable {}
