package import Sockets
package import NetBIOS

/// The answer of a backend to one SMB negotiate request: the question of `check --probe` and of health checks.
///
/// A connection of its own is made, the request is sent, and the connection is closed again at the answer.
package struct BackendNegotiation: Sendable {
    /// How long the TCP connection took: about one round trip.
    package var connectDuration: Duration
    package var outcome: Outcome

    /// The reaction to the request.
    package enum Outcome: Hashable, Sendable {
        /// An answer, perhaps that it speaks none of the dialects.
        case answered(NegotiateResponse)
        /// The end of the connection, which is how Windows and Samba say that they do not speak SMB 1.
        case closed
        /// Nothing in time.
        case silent
        /// Something that is not SMB.
        case notSMB
    }

    /// Asks the backend at `endpoint`.
    ///
    /// - Parameters:
    ///   - request: The dialects to offer.
    ///   - endpoint: Address and port.
    ///   - timeout: For the connection and the answer together.
    ///   - handle: The loop where it runs.
    /// - Returns: The connection time and the reaction.
    /// - Throws: The reason why there is no connection.
    package static func negotiate(
        _ request: NegotiateRequest,
        with endpoint: Endpoint,
        within timeout: Duration,
        on handle: EventLoopHandle
    ) async throws -> BackendNegotiation {
        try await withCheckedThrowingContinuation { continuation in
            handle.execute { loop in
                let start = MonotonicTime.now()
                var overdue: LoopTimer?
                let attempt = ConnectionAttempt(to: endpoint, from: nil, options: SessionSocketOptions.all, on: loop) {
                    loop.cancel(overdue)
                    switch consume $0 {
                    case .failure(let error): continuation.resume(throwing: error)
                    case .success(let socket):
                        let duration = MonotonicTime.now() - start
                        let inquiry = BackendInquiry(request, of: socket, on: loop) { outcome in
                            let negotiation = BackendNegotiation(connectDuration: duration, outcome: outcome)
                            continuation.resume(returning: negotiation)
                        }
                        inquiry.start(until: start + timeout)
                    }
                }
                overdue = loop.schedule(at: start + timeout) {
                    attempt.cancel()
                    continuation.resume(throwing: ConnectTimeout(limit: timeout))
                }
            }
        }
    }
}

/// Sends a backend one negotiate request, waits for the first message, and closes the connection. Belongs to its event loop.
final class BackendInquiry: SocketHandler {
    private let request: NegotiateRequest
    private var socket: StreamSocket
    private let loop: EventLoop
    private var completion: ((BackendNegotiation.Outcome) -> Void)?
    private var prefix = MessagePrefix()
    private var deadline: LoopTimer?
    /// Whether the first byte was looked at: anything but a session packet is not worth waiting for.
    private var isStarted = false

    /// Bytes that one read takes.
    private static let readLimit = 4096

    /// - Parameters:
    ///   - request: The dialects to offer.
    ///   - socket: The connection, which is this one's from now on.
    ///   - loop: The event loop of both.
    ///   - completion: Called once, unless the inquiry is cancelled.
    init(
        _ request: NegotiateRequest,
        of socket: consuming StreamSocket,
        on loop: EventLoop,
        completion: @escaping (BackendNegotiation.Outcome) -> Void
    ) {
        self.request = request
        self.socket = consume socket
        self.loop = loop
        self.completion = completion
    }

    /// Asks.
    func start(until end: MonotonicTime) {
        self.socket.setHandler(self)
        self.deadline = self.loop.schedule(at: end) { self.finish(.silent) }
        var generator = SystemRandomNumberGenerator()
        guard self.socket.send(self.request.encoded(using: &generator)) else {
            return self.loop.nextTurn { self.finish(.closed) }
        }
        self.socket.requestTurn()
    }

    /// Closes the connection without an answer.
    func cancel() {
        self.completion = nil
        self.finish(.closed)
    }

    func socket(_ id: SocketID, became readiness: Readiness) {
        self.socket.record(readiness)
        guard self.socket.mayRead else { return }
        let buffer = self.loop.buffers.take()
        defer { self.loop.buffers.giveBack(buffer) }
        let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(Self.readLimit))
        switch self.socket.receive(into: memory) {
        case .nothing: break
        case .end, .failed: self.finish(.closed)
        case .bytes(let count):
            if self.socket.mayRead { self.socket.requestTurn() }
            self.received(UnsafeRawBufferPointer(rebasing: memory.prefix(count)))
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        if !self.isStarted, let first = bytes.first {
            self.isStarted = true
            let types = [SessionPacketType.message, .keepAlive].map(\.rawValue)
            guard types.contains(first) else { return self.finish(.notSMB) }
        }
        guard let message = self.prefix.next(bytes.bytes) else { return }
        let response = NegotiateResponse(decoding: message, offered: self.request.dialects)
        self.finish(response.map { .answered($0) } ?? .notSMB)
    }

    private func finish(_ outcome: BackendNegotiation.Outcome) {
        self.loop.cancel(self.deadline)
        self.socket.close()
        self.completion.take()?(outcome)
    }
}

@available(*, unavailable)
extension BackendInquiry: Sendable {}

/// A connection was not established in time.
package struct ConnectTimeout: Error, CustomStringConvertible {
    package let limit: Duration

    package var description: String { "no answer in \(self.limit.milliseconds) ms" }
}
