package import Sockets
package import NetBIOS

/// The response of a backend to one SMB negotiate request, for `check --probe` and health checks.
///
/// Makes a connection, sends the request, and closes the connection after the response.
package struct BackendNegotiation: Sendable {
    /// The time to connect, about one round trip.
    package var connectDuration: Duration
    package var outcome: Outcome

    /// The reaction to the request.
    package enum Outcome: Hashable, Sendable {
        /// A response, possibly a refusal of all dialects.
        case answered(NegotiateResponse)
        /// The connection was closed, as Windows and Samba do if SMB 1 is disabled.
        case closed
        /// No response in time.
        case silent
        /// A response that is not SMB.
        case notSMB
    }

    /// Sends a request to the backend at `endpoint`.
    ///
    /// - Parameters:
    ///   - request: The dialects to offer.
    ///   - endpoint: Address and port.
    ///   - timeout: The time limit for connection and response together.
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
    /// Whether the first byte was checked: only a session packet is read further.
    private var isStarted = false

    /// The maximum number of bytes per read.
    private static let readLimit = 4096

    /// - Parameters:
    ///   - request: The dialects to offer.
    ///   - socket: The connection, which the inquiry takes over.
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

    /// Sends the request.
    func start(until end: MonotonicTime) {
        self.socket.setHandler(self)
        self.deadline = self.loop.schedule(at: end) { self.finish(.silent) }
        var generator = SystemRandomNumberGenerator()
        guard self.socket.send(self.request.encoded(using: &generator)) else {
            return self.loop.nextTurn { self.finish(.closed) }
        }
        self.socket.requestTurn()
    }

    /// Closes the connection without calling the completion.
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
        guard let message = self.prefix.next(bytes.bytes) else {
            if self.prefix.isExhausted { self.finish(.notSMB) }
            return
        }
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

/// The connection timed out.
package struct ConnectTimeout: Error, CustomStringConvertible {
    package let limit: Duration

    package var description: String { "no answer in \(self.limit.milliseconds) ms" }
}
