import CLinux
import Glibc

/// Watches descriptors: epoll(7), level-triggered.
final class Poller {
    /// What a descriptor is ready for.
    struct Event {
        /// The mark that the descriptor was added with.
        let mark: Int
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor = epoll_create1(0)
    private var events = [epoll_event](repeating: epoll_event(), count: 256)

    deinit { close(self.descriptor) }

    /// Begins to watch a descriptor for reading, and for writing where that is wanted.
    func add(_ descriptor: CInt, mark: Int, writable: Bool = false) {
        self.control(EPOLL_CTL_ADD, descriptor, mark, writable)
    }

    /// Begins or ceases to watch a descriptor for writing.
    func change(_ descriptor: CInt, mark: Int, writable: Bool) {
        self.control(EPOLL_CTL_MOD, descriptor, mark, writable)
    }

    /// Ceases to watch a descriptor that stays open.
    func remove(_ descriptor: CInt) {
        self.control(EPOLL_CTL_DEL, descriptor, 0, false)
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ mark: Int, _ writable: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(mark)
        epoll_ctl(self.descriptor, operation, descriptor, &event)
    }

    /// Waits until something is ready.
    ///
    /// - Parameter limit: How long at most, in milliseconds; for ever when negative.
    /// - Returns: What is ready; nothing when the time is over.
    func wait(limit: CInt = -1) -> [Event] {
        let count = epoll_wait(self.descriptor, &self.events, CInt(self.events.count), limit)
        return self.events.prefix(max(Int(count), 0)).map { event in
            let ends = EPOLLHUP.rawValue | EPOLLERR.rawValue
            return Event(
                mark: Int(event.data.u64),
                isReadable: event.events & (EPOLLIN.rawValue | ends) != 0,
                isWritable: event.events & (EPOLLOUT.rawValue | ends) != 0
            )
        }
    }
}
