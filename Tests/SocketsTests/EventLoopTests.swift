import Glibc
import TestSupport
import Testing

@testable import Sockets

struct EventLoopTests {
    /// Reads one end of a pair of sockets, three bytes at a time.
    private final class Reader: SocketHandler {
        var socket = StreamSocket()
        var received: [UInt8] = []
        var hasEnded = false
        let onTurn: (Reader) -> Void

        init(onTurn: @escaping (Reader) -> Void) {
            self.onTurn = onTurn
        }

        func socket(_ id: SocketID, became readiness: Readiness) {
            self.socket.record(readiness)
            if self.socket.mayRead { self.read() }
            self.onTurn(self)
        }

        private func read() {
            var memory = [UInt8](repeating: 0, count: 3)
            switch memory.withUnsafeMutableBytes({ self.socket.receive(into: $0) }) {
            case .bytes(let count):
                self.received += memory.prefix(count)
                if self.socket.mayRead { self.socket.requestTurn() }
            case .end: self.hasEnded = true
            case .nothing, .failed: break
            }
        }
    }

    /// Two connected sockets, of which the loop is to have the first.
    private func pair() throws -> (CInt, Peer) {
        var descriptors: [CInt] = [-1, -1]
        let status = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors)
        try #require(status == 0)
        _ = fcntl(descriptors[0], F_SETFL, O_NONBLOCK)
        return (descriptors[0], Peer(descriptors[1]))
    }

    @Test func `bytes that a read leaves are read in later turns, and then the end of the stream`() async throws {
        let (descriptor, peer) = try self.pair()
        peer.send([1, 2, 3, 4, 5, 6, 7])
        peer.finish()
        let handle = try EventLoopHandle.start()
        let received = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let reader = Reader { reader in
                    guard reader.hasEnded else { return }
                    reader.socket.close()
                    continuation.resume(returning: reader.received)
                }
                reader.socket = Self.register(descriptor, on: loop, reader)
            }
        }
        #expect(received == [1, 2, 3, 4, 5, 6, 7])
    }

    private static func register(_ descriptor: CInt, on loop: EventLoop, _ handler: any SocketHandler) -> StreamSocket {
        do throws(SystemCallError) {
            return try StreamSocket(OwnedDescriptor(descriptor), on: loop, origin: .accepted, handler: handler)
        } catch {
            Issue.record(error)
            return StreamSocket()
        }
    }

    @Test func `a socket that gets the number of a closed one has another id, and its own handler`() async throws {
        let (descriptor, peer) = try self.pair(), (other, otherPeer) = try self.pair()
        let handle = try EventLoopHandle.start()
        otherPeer.send([7])
        let handled = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let first = Reader { _ in Issue.record("a closed socket was reported") }
                first.socket = Self.register(descriptor, on: loop, first)
                let old = first.socket.id
                first.socket.requestTurn()
                first.socket.close()
                guard dup2(other, descriptor) == descriptor else { return continuation.resume(returning: false) }
                close(other)
                let second = Reader { reader in
                    guard !reader.received.isEmpty else { return }
                    let isRight = reader.received == [7] && reader.socket.id != old
                    reader.socket.close()
                    continuation.resume(returning: isRight)
                }
                second.socket = Self.register(descriptor, on: loop, second)
            }
        }
        #expect(handled)
        withExtendedLifetime((peer, otherPeer)) {}
    }

    @Test func `a socket that another process may hold is no longer watched when it is closed`() async throws {
        let (descriptor, peer) = try self.pair()
        let handle = try EventLoopHandle.start()
        let isForgotten = await handle.run { loop in
            let handler = Reader { _ in }
            // The kernel's socket lives on in a copy, as it does in another process.
            let copy = dup(descriptor)
            defer { close(copy) }
            do throws(SystemCallError) {
                var socket = try loop.add(
                    OwnedDescriptor(descriptor),
                    as: .listener,
                    isShared: true,
                    handler: handler
                )
                socket.close()
                // The kernel refuses the same socket with the same number twice.
                guard dup2(copy, descriptor) == descriptor else { return false }
                _ = try loop.add(OwnedDescriptor(descriptor), as: .stream, handler: handler)
                return true
            } catch {
                return false
            }
        }
        #expect(isForgotten)
        withExtendedLifetime(peer) {}
    }

    @Test func `an action of the next turn runs after the call that deferred it, and actions keep their order`()
        async throws
    {
        let handle = try EventLoopHandle.start()
        let order = LoopBound<[Int]>([], of: handle)
        let result = await withCheckedContinuation { continuation in
            handle.execute { loop in
                loop.nextTurn { order[loop].append(2) }
                loop.nextTurn { continuation.resume(returning: order[loop]) }
                order[loop].append(1)
            }
        }
        #expect(result == [1, 2])
    }

    @Test func `tasks are done in their order, and timers when they are due`() async throws {
        let handle = try EventLoopHandle.start()
        let order = LoopBound<[Int]>([], of: handle)
        let result = await withCheckedContinuation { continuation in
            handle.execute { loop in
                _ = loop.schedule(at: .now() + .milliseconds(2)) {
                    continuation.resume(returning: order[loop])
                }
                order[loop].append(1)
            }
            handle.execute { loop in order[loop].append(2) }
        }
        #expect(result == [1, 2])
    }

    @Test func `a timer fires after all sockets that were ready when it was due`() async throws {
        let handle = try EventLoopHandle.start()
        let (descriptor, peer) = try self.pair()
        peer.send([1])
        // More than one turn looks at.
        let descriptors = (0..<300).map { _ in dup(descriptor) }
        let counts = LoopBound<(told: Int, atTimer: Int?)>((0, nil), of: handle)
        let atTimer = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let readers = descriptors.map { descriptor in
                    let reader = Reader { _ in counts[loop].told += 1 }
                    reader.socket = Self.register(descriptor, on: loop, reader)
                    return reader
                }
                _ = loop.schedule(at: .now()) { counts[loop].atTimer = counts[loop].told }
                // Later than any turn of these.
                _ = loop.schedule(at: .now() + .milliseconds(100)) {
                    for reader in readers { reader.socket.close() }
                    continuation.resume(returning: counts[loop].atTimer)
                }
            }
        }
        close(descriptor)
        #expect(atTimer == 300)
        withExtendedLifetime(peer) {}
    }

    /// Always requests another turn, and counts its turns.
    private final class Busy: SocketHandler {
        var socket = StreamSocket()
        let onTurn: () -> Void

        init(onTurn: @escaping () -> Void) { self.onTurn = onTurn }

        func socket(_ id: SocketID, became readiness: Readiness) {
            self.onTurn()
            self.socket.requestTurn()
        }
    }

    @Test(arguments: [
        // As much work as there may be in a turn, in steps of no work, a quarter and all of it.
        (0, EventLoop.batch), (WorkBudget.capacity / 4, 4), (WorkBudget.capacity, 1),
    ])
    func `a socket that becomes ready is served in the next turn of the loop, which others cannot prolong`(
        work: Int,
        turnsInBetween: Int
    ) async throws {
        let handle = try EventLoopHandle.start()
        let (descriptor, peer) = try self.pair(), (quiet, quietPeer) = try self.pair()
        let descriptors = (0..<500).map { _ in dup(descriptor) }
        let turns = LoopBound(0, of: handle)
        let inBetween = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let busy = descriptors.map { descriptor in
                    let busy = Busy {
                        loop.budget.spend(work)
                        turns[loop] += 1
                        // All have been reported, and are in the queue.
                        if turns[loop] == 3000 { quietPeer.send([1]) }
                    }
                    busy.socket = Self.register(descriptor, on: loop, busy)
                    return busy
                }
                let reader = Reader { reader in
                    guard !reader.received.isEmpty else { return }
                    continuation.resume(returning: turns[loop] - 3000)
                    for busy in busy { busy.socket.close() }
                    reader.socket.close()
                }
                reader.socket = Self.register(quiet, on: loop, reader)
            }
        }
        close(descriptor)
        #expect(inBetween <= turnsInBetween)
        withExtendedLifetime(peer) {}
    }

    /// Kinds of actions that may come many at a time.
    enum Actions: CaseIterable { case tasks, timers, deferred }

    @Test(arguments: Actions.allCases)
    func `of many actions at a time, some are taken in a turn, in order, between which sockets are served`(
        kind: Actions
    ) async throws {
        let handle = try EventLoopHandle.start()
        let (quiet, quietPeer) = try self.pair()
        let order = LoopBound<[Int]>([], of: handle), atReader = LoopBound(0, of: handle)
        let (done, isEnded) = AsyncStream.makeStream(of: [Int].self)
        handle.execute { loop in
            let reader = Reader { reader in
                guard !reader.received.isEmpty else { return }
                atReader[loop] = order[loop].count
                reader.socket.close()
            }
            reader.socket = Self.register(quiet, on: loop, reader)
        }
        let act: @Sendable (EventLoop, Int) -> Void = { loop, index in
            if index == 0 { quietPeer.send([1]) }
            order[loop].append(index)
            if index == 999 { isEnded.yield(order[loop]) }
        }
        handle.execute { loop in
            let now = MonotonicTime.now()
            for index in 0..<1000 {
                switch kind {
                case .tasks: handle.execute { act($0, index) }
                case .timers:
                    let deadline = MonotonicTime(nanoseconds: now.nanoseconds + Int64(index))
                    _ = loop.schedule(at: deadline) { act(loop, index) }
                case .deferred: loop.nextTurn { act(loop, index) }
                }
            }
        }
        #expect(await done.first { _ in true } == Array(0..<1000))
        let inBetween = await handle.run { atReader[$0] }
        #expect((1...EventLoop.batch).contains(inBetween))
    }
}
