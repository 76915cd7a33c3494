import CLinux
import Glibc

/// Watches descriptors: epoll(7), level-triggered.
final class Poller {
    /// The readiness of a descriptor.
    struct Event {
        /// The mark that the descriptor was added with.
        let mark: Int
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor = epoll_create1(0)
    private var events = [epoll_event](repeating: epoll_event(), count: 256)

    deinit { close(self.descriptor) }

    /// Watches a descriptor for reading, and optionally for writing.
    func add(_ descriptor: CInt, mark: Int, writable: Bool = false) {
        self.control(EPOLL_CTL_ADD, descriptor, mark, writable)
    }

    /// Starts or stops watching a descriptor for writing.
    func change(_ descriptor: CInt, mark: Int, writable: Bool) {
        self.control(EPOLL_CTL_MOD, descriptor, mark, writable)
    }

    /// Stops watching a descriptor, which stays open.
    func remove(_ descriptor: CInt) {
        self.control(EPOLL_CTL_DEL, descriptor, 0, false)
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ mark: Int, _ writable: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(mark)
        epoll_ctl(self.descriptor, operation, descriptor, &event)
    }

    /// Waits for events.
    ///
    /// - Parameter limit: The time limit in milliseconds; none if negative.
    /// - Returns: The events; none on time-out.
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
