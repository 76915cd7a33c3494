import Glibc
import NIOCore
import Testing

@testable import NetBIOSRouter

@Suite("An event loop's sockets")
struct SocketLoopTests {
    /// Hears of one end of a pair of sockets.
    private final class Listener: SocketHandler {
        var socket: StreamSocket?
        let loop: SocketLoop
        /// Whether it reads.
        var isReading = true
        var received: [UInt8] = []
        var hasEnded = false
        let onTurn: (Listener) -> Void

        init(on loop: SocketLoop, onTurn: @escaping (Listener) -> Void) {
            self.loop = loop
            self.onTurn = onTurn
        }

        func socket(_ id: SocketID, is readiness: Readiness) {
            self.socket?.noted(readiness)
            if self.isReading { self.read() }
            self.onTurn(self)
        }

        /// One read of three bytes at most.
        func read() {
            guard self.socket?.mayRead == true else { return }
            var memory = [UInt8](repeating: 0, count: 3)
            switch memory.withUnsafeMutableBytes({ self.socket?.receive(into: $0) }) {
            case .bytes(let count)?:
                self.received += memory.prefix(count)
                if let socket = self.socket, socket.mayRead { self.loop.tryAgain(socket.id) }
            case .end?: self.hasEnded = true
            default: break
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

    @Test("bytes that a read leaves are read in later turns, and the end of the stream behind them")
    func turns() async throws {
        let (descriptor, peer) = try self.pair()
        peer.send([1, 2, 3, 4, 5, 6, 7])
        peer.finish()
        let handle = try #require(loops).sessions.nextHandle()
        let received = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let listener = Listener(on: loop) { listener in
                    guard listener.hasEnded, let socket = listener.socket else { return }
                    socket.close(on: loop)
                    continuation.resume(returning: listener.received)
                }
                listener.socket = loop.add(descriptor, handler: listener).map { StreamSocket($0, mayWrite: true) }
            }
        }
        #expect(received == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("a mark does not lead to another socket that has the number of a closed one")
    func marks() async throws {
        let (descriptor, peer) = try self.pair(), (other, otherPeer) = try self.pair()
        let handle = try #require(loops).sessions.nextHandle()
        let isRight = await handle.run { loop in
            let listener = Listener(on: loop) { _ in }
            guard let old = loop.add(descriptor, handler: listener) else { return false }
            guard loop.handler(of: old) === listener, loop.remove(old), !loop.remove(old) else { return false }
            // Another socket gets the number, in the place of the first, which is closed.
            guard dup2(other, descriptor) == descriptor, let new = loop.add(descriptor, handler: listener) else {
                return false
            }
            close(other)
            defer { StreamSocket(new, mayWrite: false).close(on: loop) }
            return old != new && loop.handler(of: old) == nil && loop.handler(of: new) === listener
        }
        #expect(isRight)
        withExtendedLifetime((peer, otherPeer)) {}
    }

    @Test("a socket that another has open too, as the service manager has, is watched no more when it is taken out")
    func sharedSockets() async throws {
        let (descriptor, peer) = try self.pair()
        let handle = try #require(loops).sessions.nextHandle()
        let hasForgotten = await handle.run { loop in
            let listener = Listener(on: loop) { _ in }
            guard let id = loop.add(descriptor, as: .listener, handler: listener), loop.removeShared(id) else {
                return false
            }
            // The kernel would refuse the same socket with the same number, were it still there.
            guard let again = loop.add(descriptor, handler: listener) else { return false }
            StreamSocket(again, mayWrite: false).close(on: loop)
            return true
        }
        #expect(hasForgotten)
        withExtendedLifetime(peer) {}
    }

    @Test("tasks are done in their order, and timers when they are due")
    func tasksAndTimers() async throws {
        let handle = try #require(loops).sessions.nextHandle()
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

    @Test("a timer waits until all has been looked at that was ready when it was due")
    func timersBehindSockets() async throws {
        let handle = try #require(loops).sessions.nextHandle()
        let (descriptor, peer) = try self.pair()
        peer.send([1])
        // More than one turn looks at.
        let descriptors = (0..<300).map { _ in dup(descriptor) }
        let counts = LoopBound<(told: Int, atTimer: Int?)>((0, nil), of: handle)
        let atTimer = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let listener = Listener(on: loop) { _ in counts[loop].told += 1 }
                let ids = descriptors.compactMap { loop.add($0, handler: listener) }
                _ = loop.schedule(at: .now()) { counts[loop].atTimer = counts[loop].told }
                // Later than any turn of these.
                _ = loop.schedule(at: .now() + .milliseconds(100)) {
                    for id in ids { StreamSocket(id, mayWrite: false).close(on: loop) }
                    continuation.resume(returning: counts[loop].atTimer)
                }
            }
        }
        close(descriptor)
        #expect(atTimer == 300)
        withExtendedLifetime(peer) {}
    }
}
