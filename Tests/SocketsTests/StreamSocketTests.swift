import Glibc
import TestSupport
import Testing

@testable import Sockets

struct StreamSocketTests {
    private final class Handler: SocketHandler {
        var socket = StreamSocket()
        let onTurn: (Handler) -> Void

        init(onTurn: @escaping (Handler) -> Void) {
            self.onTurn = onTurn
        }

        func socket(_ id: SocketID, became readiness: Readiness) {
            self.socket.record(readiness)
            self.onTurn(self)
        }
    }

    /// Returns a connection to a peer on loopback, non-blocking, that either side established.
    private func connection(_ origin: StreamSocket.Origin) throws -> (CInt, Peer) {
        let (listener, port) = try Peer.listen()
        let connecting = Peer.connect(port: port), accepted = listener.accept()
        let (ours, peer) = origin == .connecting ? (connecting, accepted) : (accepted, connecting)
        let descriptor = dup(ours.descriptor)
        try #require(descriptor >= 0)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return (descriptor, peer)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [StreamSocket.Origin.accepted, .connecting]
    )
    func `bytes that the peer's kernel acknowledged are not counted, those that it has no room for are`(
        origin: StreamSocket.Origin
    ) async throws {
        let (descriptor, peer) = try self.connection(origin)
        let handle = try EventLoopHandle.start()
        let counts = await withCheckedContinuation { continuation in
            handle.execute { loop in
                let handler = Handler { _ in }
                do throws(SystemCallError) {
                    handler.socket = try StreamSocket(
                        OwnedDescriptor(descriptor),
                        on: loop,
                        origin: origin,
                        handler: handler
                    )
                } catch {
                    return continuation.resume(returning: [Int]())
                }
                handler.socket.record(.writable)
                let isSent = handler.socket.send([1, 2, 3])
                // Loopback acknowledges within the call or a delayed acknowledgement later.
                Self.poll(loop, until: { handler.socket.unacknowledgedCount == 0 }) { isAcknowledged in
                    let block = [UInt8](repeating: 0, count: 16 << 20)
                    let taken = block.withUnsafeBytes { handler.socket.send($0) } ?? 0
                    let left = handler.socket.unacknowledgedCount
                    handler.socket.close()
                    continuation.resume(returning: [isSent ? 3 : 0, isAcknowledged ? 0 : 1, left > 0 ? 1 : 0, taken])
                }
            }
        }
        try #require(counts.count == 4)
        #expect(counts[0] == 3 && counts[1] == 0 && counts[2] == 1 && counts[3] > 0, "\(counts)")
        withExtendedLifetime(peer) {}
    }

    /// Looks each millisecond, five seconds at most.
    private static func poll(
        _ loop: EventLoop,
        until isDone: @escaping () -> Bool,
        attempts: Int = 5000,
        then body: @escaping (Bool) -> Void
    ) {
        if isDone() || attempts == 0 { return body(isDone()) }
        _ = loop.schedule(at: .now() + .milliseconds(1)) {
            self.poll(loop, until: isDone, attempts: attempts - 1, then: body)
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [false, true]
    )
    func `bytes before a FIN or a reset are read first; a reset is no end`(isReset: Bool) async throws {
        let (descriptor, peer) = try self.connection(.accepted)
        peer.send([1, 2, 3])
        if isReset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(peer.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            // Closes the connection and leaves the peer a descriptor to close.
            let null = open("/dev/null", O_RDONLY)
            try #require(dup2(null, peer.descriptor) == peer.descriptor)
            close(null)
        } else {
            peer.finish()
        }
        let handle = try EventLoopHandle.start()
        let read = await withCheckedContinuation { (continuation: CheckedContinuation<[String], Never>) in
            handle.execute { loop in
                var read: [String] = []
                let handler = Handler { handler in
                    var memory = [UInt8](repeating: 0, count: 64)
                    while handler.socket.mayRead {
                        switch memory.withUnsafeMutableBytes({ handler.socket.receive(into: $0) }) {
                        case .bytes(let count): read.append("\(count)")
                        case .nothing: return
                        case .end: read.append("end")
                        case .failed: read.append("failed")
                        }
                    }
                    guard let last = read.last, Int(last) == nil, handler.socket.isOpen else { return }
                    handler.socket.close()
                    continuation.resume(returning: read)
                }
                do throws(SystemCallError) {
                    handler.socket = try StreamSocket(
                        OwnedDescriptor(descriptor),
                        on: loop,
                        origin: .accepted,
                        handler: handler
                    )
                } catch {
                    continuation.resume(returning: ["\(error)"])
                }
            }
        }
        #expect(read == ["3", isReset ? "failed" : "end"])
    }
}
