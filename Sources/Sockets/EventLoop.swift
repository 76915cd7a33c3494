import CLinux
import DequeModule
import Glibc

/// Receives the readiness of sockets. Confined to one ``EventLoop``.
package protocol SocketHandler: AnyObject {
    /// Tries a socket that became ready, or that asked for another turn; `readiness` is then empty.
    func socket(_ id: SocketID, became readiness: Readiness)
}

/// Identifies a socket on its loop. Never reused, unlike a descriptor's number.
package struct SocketID: Hashable, Sendable {
    package let descriptor: CInt
    fileprivate let generation: UInt32

    /// The id of a closed socket.
    package static let none = SocketID(descriptor: -1, generation: 0)
}

/// An edge-triggered event loop on epoll(7): one thread's sockets, timers and tasks.
///
/// One system call adds a socket, none changes the interest set, and a socket that nobody reads cannot spin the loop. A handler therefore
/// remembers readiness (``StreamSocket``) and requests another turn where it stops early, as it must after one large read to
/// be fair to the others.
///
/// A turn is bounded: it serves at most ``batch`` of the sockets that became ready, then of the requested turns, of deferred
/// actions, of tasks and of timers; the rest wait in order for the next turn. ``budget`` bounds the work of the sockets. So a
/// socket that becomes ready is served in the next turn, however many others always have more to do.
///
/// Only code on the loop's thread has the loop; other threads submit tasks to its ``EventLoopHandle``.
package final class EventLoop {
    /// The loop as other threads see it.
    package let handle: EventLoopHandle
    /// Large receive buffers, shared by all sockets of the loop.
    package let buffers: ReceiveBuffers
    /// The work that sockets may do in this turn.
    package let budget = WorkBudget()
    /// The start of this turn.
    package private(set) var now = MonotonicTime.now()

    private let descriptor: CInt
    private var registrations: [Registration] = []
    private var generation: UInt32 = 0
    /// Sockets whose handlers requested another turn.
    private var requestedTurns: Deque<SocketID> = []
    /// Actions of the next turn.
    private var deferred: Deque<() -> Void> = []
    /// Tasks that were submitted and have not run.
    private var tasks: Deque<EventLoopHandle.Task> = []
    private var timers = LoopTimers()
    /// Timers up to this moment may run.
    private var timersDue = MonotonicTime.distantPast
    /// Consecutive turns that filled ``events``.
    private var fullTurns = 0
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: EventLoop.batch)

    /// The most of each kind of work in a turn.
    package static let batch = 64

    private struct Registration {
        var handler: (any SocketHandler)?
        /// 0 for a number without a socket.
        var generation: UInt32 = 0
        var isTurnRequested = false
        /// Whether another process may hold the socket: closing our descriptor then leaves it in the epoll set.
        var isShared = false
    }

    /// - Throws: ``SystemCallError`` where no descriptor is left.
    init(_ handle: EventLoopHandle) throws(SystemCallError) {
        self.handle = handle
        self.buffers = ReceiveBuffers(budget: self.budget)
        self.descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard self.descriptor >= 0 else { throw .current("epoll_create1") }
        var event = epoll_event(events: Readiness.readable.rawValue, data: epoll_data_t(u64: .max))
        guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, handle.wakeDescriptor, &event) == 0 else {
            throw .current("epoll_ctl")
        }
    }

    deinit {
        close(self.descriptor)
        self.events.deallocate()
    }

    // MARK: - Sockets

    /// Registers a non-blocking socket.
    ///
    /// - Parameters:
    ///   - descriptor: The socket; closed where it cannot be registered.
    ///   - kind: The events to watch.
    ///   - isShared: Whether another process may hold the socket, such as the service manager.
    ///   - handler: Retained while the socket is registered; `nil` where ``LoopSocket/setHandler(_:)`` follows.
    /// - Returns: The registered socket, which owns the descriptor.
    /// - Throws: ``SystemCallError`` where the kernel has no memory for it, or its limit is reached.
    package func add(
        _ descriptor: consuming OwnedDescriptor,
        as kind: SocketKind,
        isShared: Bool = false,
        handler: (any SocketHandler)?
    ) throws(SystemCallError) -> LoopSocket {
        self.generation &+= 1
        if self.generation == 0 { self.generation = 1 }
        let id = SocketID(descriptor: descriptor.rawValue, generation: self.generation)
        var event = epoll_event(events: kind.events, data: epoll_data_t(u64: id.packed))
        guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, id.descriptor, &event) == 0 else { throw .current("epoll_ctl") }
        let index = Int(descriptor.release())
        if index >= self.registrations.count {
            let more = max(64, index + 1 - self.registrations.count)
            self.registrations += repeatElement(Registration(), count: more)
        }
        // A listener that stays in the set is reported for ever: another process can take a copy (pidfd_getfd(2)).
        let isShared = isShared || kind == .listener
        self.registrations[index] = Registration(handler: handler, generation: id.generation, isShared: isShared)
        return LoopSocket(id, on: self)
    }

    private func isRegistered(_ id: SocketID) -> Bool {
        let index = Int(id.descriptor)
        return self.registrations.indices.contains(index) && self.registrations[index].generation == id.generation
    }

    private func handler(of id: SocketID) -> (any SocketHandler)? {
        self.isRegistered(id) ? self.registrations[Int(id.descriptor)].handler : nil
    }

    func setHandler(_ handler: any SocketHandler, of id: SocketID) {
        if self.isRegistered(id) { self.registrations[Int(id.descriptor)].handler = handler }
    }

    func closeSocket(_ id: SocketID) {
        guard self.isRegistered(id) else { return }
        if self.registrations[Int(id.descriptor)].isShared {
            var event = epoll_event()
            _ = epoll_ctl(self.descriptor, EPOLL_CTL_DEL, id.descriptor, &event)
        }
        self.registrations[Int(id.descriptor)] = Registration()
        close(id.descriptor)
    }

    func setPaused(_ isPaused: Bool, _ id: SocketID) {
        guard self.isRegistered(id) else { return }
        var event = epoll_event(
            // Errors are reported whatever the mask is; edge-triggered, they are reported once.
            events: isPaused ? EPOLLET.rawValue : SocketKind.listener.events,
            data: epoll_data_t(u64: id.packed)
        )
        _ = epoll_ctl(self.descriptor, EPOLL_CTL_MOD, id.descriptor, &event)
    }

    func requestTurn(_ id: SocketID) {
        guard self.isRegistered(id), !self.registrations[Int(id.descriptor)].isTurnRequested else { return }
        self.registrations[Int(id.descriptor)].isTurnRequested = true
        self.requestedTurns.append(id)
    }

    // MARK: - Time

    /// Calls `action` at `deadline` or shortly after, unless the timer is cancelled.
    package func schedule(at deadline: MonotonicTime, _ action: @escaping () -> Void) -> LoopTimer {
        self.timers.schedule(at: deadline, action)
    }

    package func cancel(_ timer: LoopTimer?) {
        if let timer { self.timers.cancel(timer) }
    }

    /// Calls `action` in the next turn, never before this call returns.
    package func nextTurn(_ action: @escaping () -> Void) {
        self.deferred.append(action)
    }

    // MARK: - The thread

    /// Runs until the process ends.
    func run() {
        self.handle.recordThread()
        while true { self.turn() }
    }

    private func turn() {
        let count = epoll_wait(self.descriptor, self.events.baseAddress, CInt(self.events.count), self.waitLimit)
        // Any other error would be one for ever.
        precondition(count >= 0 || errno == EINTR, "epoll_wait: \(SystemCallError.current("epoll_wait"))")
        self.now = .now()
        let start = self.handle.turnMeter.begin()
        defer { self.handle.turnMeter.end(start) }
        let deferredCount = self.deferred.count
        self.budget.renew()
        // An interrupted wait has no events.
        for event in self.events.prefix(max(0, Int(count))) {
            if event.data.u64 == .max {
                self.tasks.append(contentsOf: self.handle.takeTasks())
            } else {
                let id = SocketID(event.data.u64)
                self.handler(of: id)?.socket(id, became: Readiness(rawValue: event.events))
            }
        }
        self.runRequestedTurns()
        for _ in 0..<min(deferredCount, Self.batch) { self.deferred.popFirst()?() }
        for _ in 0..<min(self.tasks.count, Self.batch) { self.tasks.popFirst()?(self) }
        if self.isRoundComplete(after: count) { self.timersDue = self.now }
        self.runTimers()
    }

    private func runRequestedTurns() {
        guard !self.requestedTurns.isEmpty else { return }
        self.budget.renew()
        // Turns that are requested meanwhile are later ones.
        for _ in 0..<min(self.requestedTurns.count, Self.batch) where !self.budget.isSpent {
            guard let id = self.requestedTurns.popFirst(), self.isRegistered(id) else { continue }
            self.registrations[Int(id.descriptor)].isTurnRequested = false
            self.handler(of: id)?.socket(id, became: [])
        }
    }

    private func runTimers() {
        for _ in 0..<Self.batch {
            guard let action = self.timers.next(at: self.timersDue) else { return }
            action()
        }
    }

    /// Returns whether every socket that was ready when the wait ended has been served, so that timers may run.
    ///
    /// After a pause of the whole process many sockets are ready and many timers due at once, and bytes that arrived come
    /// before the time-out that they prevent. SIGCONT interrupts the wait without events.
    private func isRoundComplete(after count: CInt) -> Bool {
        self.fullTurns = count == self.events.count ? self.fullTurns + 1 : 0
        // The kernel queues ready sockets: after so many turns the rest became ready later.
        let isRoundOver = self.fullTurns * self.events.count > self.registrations.count
        if isRoundOver { self.fullTurns = 0 }
        return count >= 0 && (self.fullTurns == 0 || isRoundOver)
    }

    /// Milliseconds to wait for events; -1 without a limit.
    private var waitLimit: CInt {
        guard self.requestedTurns.isEmpty, self.deferred.isEmpty, self.tasks.isEmpty else { return 0 }
        guard let deadline = self.timers.deadline else { return -1 }
        let left = (deadline.nanoseconds - MonotonicTime.now().nanoseconds)
        // Rounded up, so that the timer is due when the wait ends.
        return left <= 0 ? 0 : CInt(min(left / 1_000_000 + 1, 3_600_000))
    }
}

@available(*, unavailable)
extension EventLoop: Sendable {}

extension SocketID {
    fileprivate var packed: UInt64 { UInt64(self.generation) << 32 | UInt64(UInt32(bitPattern: self.descriptor)) }

    fileprivate init(_ packed: UInt64) {
        self.descriptor = CInt(bitPattern: UInt32(truncatingIfNeeded: packed))
        self.generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}
