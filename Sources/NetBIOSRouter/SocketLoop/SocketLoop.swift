import CLinux
import Glibc
import NIOCore

/// Hears of what becomes possible with a socket. Belongs to one ``SocketLoop``.
protocol SocketHandler: AnyObject {
    /// A socket that was added to the loop, or asked for another turn of it, may be worth a try.
    func socket(_ id: SocketID, is readiness: Readiness)
}

/// A socket on its loop. Unlike a descriptor's number it is never given twice.
struct SocketID: Hashable, Sendable {
    let descriptor: CInt
    fileprivate let generation: UInt32
}

/// One thread's sockets, timers and tasks: an event loop of our own for sessions and names, on epoll(7).
///
/// NIO's loop costs a session ten times the instructions and three times the memory, which is what the router is measured by
/// (nbrouter(8), LIMITS). Readiness is edge-triggered: one system call adds a socket, none changes what is waited for, and a
/// socket that nobody reads cannot keep the loop busy. So a handler remembers what was ready (``StreamSocket``) and asks for
/// another turn where it leaves off early, as it must after one large read, for the others' sake.
///
/// Only what runs on the thread has it: tasks are handed to its ``LoopHandle``.
final class SocketLoop {
    /// For other threads.
    let handle: LoopHandle
    /// Large receive buffers, for all sockets of the loop.
    let buffers = ReceiveBuffers()
    /// The moment at which this turn began.
    private(set) var now = NIODeadline.now()

    private let descriptor: CInt
    private var registrations: [Registration] = []
    private var generation: UInt32 = 0
    /// Sockets whose handlers want another turn.
    private var again: [SocketID] = []
    private var timers = LoopTimers()
    /// Turns in a row that brought as many events as there is room for.
    private var fullTurns = 0
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

    private struct Registration {
        var handler: (any SocketHandler)?
        var generation: UInt32 = 0
        /// Whether the handler waits for another turn.
        var isAgain = false
    }

    /// - Throws: `IOError` where there are no descriptors left.
    init(_ handle: LoopHandle) throws {
        self.handle = handle
        self.descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard self.descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "epoll_create1") }
        var event = epoll_event(events: Readiness.readable.rawValue, data: epoll_data_t(u64: .max))
        guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, handle.wakeDescriptor, &event) == 0 else {
            throw IOError(errnoCode: errno, reason: "epoll_ctl")
        }
    }

    deinit {
        close(self.descriptor)
        self.events.deallocate()
    }

    // MARK: - Sockets

    /// Begins to watch a socket.
    ///
    /// - Parameters:
    ///   - descriptor: A non-blocking socket, which the caller closes behind ``remove(_:)``.
    ///   - kind: What is watched for.
    ///   - handler: Kept for as long as the socket is watched; `nil` for one that ``setHandler(of:to:)`` gives in a moment.
    /// - Returns: The socket's mark; `nil` where the kernel has no memory for one more, as `errno` says.
    func add(
        _ descriptor: CInt,
        as kind: SocketKind = .stream,
        handler: (any SocketHandler)?
    ) -> SocketID? {
        self.generation &+= 1
        // That of a number without a socket.
        if self.generation == 0 { self.generation = 1 }
        let id = SocketID(descriptor: descriptor, generation: self.generation)
        var event = epoll_event(events: kind.events, data: epoll_data_t(u64: id.packed))
        guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0 else { return nil }
        let index = Int(descriptor)
        if index >= self.registrations.count {
            let more = max(64, index + 1 - self.registrations.count)
            self.registrations += repeatElement(Registration(), count: more)
        }
        self.registrations[index] = Registration(handler: handler, generation: id.generation)
        return id
    }

    /// The handler of a socket that is watched.
    func handler(of id: SocketID) -> (any SocketHandler)? {
        self.isWatched(id) ? self.registrations[Int(id.descriptor)].handler : nil
    }

    private func isWatched(_ id: SocketID) -> Bool {
        let index = Int(id.descriptor)
        return index < self.registrations.count && self.registrations[index].generation == id.generation
    }

    /// Gives a socket that is watched another handler.
    func setHandler(of id: SocketID, to handler: any SocketHandler) {
        if self.isWatched(id) { self.registrations[Int(id.descriptor)].handler = handler }
    }

    /// Stops watching a socket, and lets go of its handler.
    ///
    /// - Returns: Whether it was watched, and is to be closed.
    func remove(_ id: SocketID) -> Bool {
        guard self.isWatched(id) else { return false }
        self.registrations[Int(id.descriptor)] = Registration()
        return true
    }

    /// Stops watching a socket that others may have open too, as the service manager has: closing our descriptor does not
    /// take such a one out of epoll(7).
    ///
    /// - Returns: Whether it was watched, and is to be closed.
    func removeShared(_ id: SocketID) -> Bool {
        guard self.remove(id) else { return false }
        var event = epoll_event()
        _ = epoll_ctl(self.descriptor, EPOLL_CTL_DEL, id.descriptor, &event)
        return true
    }

    /// Does not look at a listener, or does so again.
    func setPaused(_ isPaused: Bool, _ id: SocketID) {
        guard self.isWatched(id) else { return }
        var event = epoll_event(
            events: isPaused ? 0 : SocketKind.listener.events,
            data: epoll_data_t(u64: id.packed)
        )
        _ = epoll_ctl(self.descriptor, EPOLL_CTL_MOD, id.descriptor, &event)
    }

    /// Gives the handler another turn, behind all others.
    func tryAgain(_ id: SocketID) {
        guard self.isWatched(id), !self.registrations[Int(id.descriptor)].isAgain else { return }
        self.registrations[Int(id.descriptor)].isAgain = true
        self.again.append(id)
    }

    // MARK: - Time

    /// Calls `action` at a moment, or a little later, unless the timer is cancelled.
    func schedule(at deadline: NIODeadline, _ action: @escaping () -> Void) -> LoopTimer {
        self.timers.schedule(at: deadline, action)
    }

    /// Forgets a timer.
    func cancel(_ timer: LoopTimer?) {
        if let timer { self.timers.cancel(timer) }
    }

    // MARK: - The thread

    /// Runs for ever.
    func run() {
        self.handle.noteThread()
        while true { self.turn() }
    }

    private func turn() {
        let count = epoll_wait(self.descriptor, self.events.baseAddress, CInt(self.events.count), self.patience)
        self.now = .now()
        var hasTasks = false
        // An interrupted wait has no events.
        for event in self.events.prefix(max(0, Int(count))) {
            if event.data.u64 == .max {
                hasTasks = true
            } else {
                let id = SocketID(event.data.u64)
                self.handler(of: id)?.socket(id, is: Readiness(rawValue: event.events))
            }
        }
        if !self.again.isEmpty {
            let again = self.again
            self.again.removeAll(keepingCapacity: true)
            for id in again where self.isWatched(id) {
                self.registrations[Int(id.descriptor)].isAgain = false
                self.handler(of: id)?.socket(id, is: [])
            }
        }
        if hasTasks { for task in self.handle.takeTasks() { task(self) } }
        if self.hasSeenAll(after: count) {
            while let action = self.timers.next(at: self.now) { action() }
        }
    }

    /// Whether all that was ready as the wait ended has been looked at. What a timer gives up may be there: after a pause of
    /// the whole process, as of a machine that was moved, many sockets are ready and many timers due at one time, and the
    /// end of a SIGSTOP interrupts the wait with nothing in its hands.
    private func hasSeenAll(after count: CInt) -> Bool {
        self.fullTurns = count == self.events.count ? self.fullTurns + 1 : 0
        // The kernel has them in a queue: after so many turns the rest has come later. Timers of a busy loop are due, too.
        let isRoundOver = self.fullTurns * self.events.count > self.registrations.count
        if isRoundOver { self.fullTurns = 0 }
        return count >= 0 && (self.fullTurns == 0 || isRoundOver)
    }

    /// Milliseconds to wait for events; -1 for ever.
    private var patience: CInt {
        guard self.again.isEmpty else { return 0 }
        guard let deadline = self.timers.deadline else { return -1 }
        let left = (deadline - .now()).nanoseconds
        // Rounded up, so that the timer is due when the wait is over.
        return left <= 0 ? 0 : CInt(min(left / 1_000_000 + 1, 3_600_000))
    }
}

@available(*, unavailable)
extension SocketLoop: Sendable {}

extension SocketID {
    fileprivate var packed: UInt64 { UInt64(self.generation) << 32 | UInt64(UInt32(bitPattern: self.descriptor)) }

    fileprivate init(_ packed: UInt64) {
        self.descriptor = CInt(bitPattern: UInt32(truncatingIfNeeded: packed))
        self.generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}
