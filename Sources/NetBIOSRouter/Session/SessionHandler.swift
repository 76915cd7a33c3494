import Glibc
import NIOCore
import NetBIOS
import RouteConfig

/// The one that has a session's client: its ``SessionHandler`` at first, then its ``Relay``.
protocol SessionHolder: SocketHandler {
    /// What is known of the session so far.
    var record: SessionRecord { get }

    /// Ends the session from this side of it.
    func end(with end: SessionEnd)
}

/// One session until it is relayed: puts a ``SessionAcceptor`` on the client's connection and finds the backend. Belongs to one
/// event loop.
///
/// It reads until the request is complete, then not again until the ``Relay`` does. When the backend is connected it hands
/// both connections to the relay.
final class SessionHandler: SessionHolder {
    private let environment: SessionEnvironment
    private let loop: SocketLoop
    private var client: StreamSocket
    private(set) var record: SessionRecord
    private var acceptor = SessionAcceptor()
    /// Of the request, or of the lingering.
    private var deadline: LoopTimer?
    /// Looks for a backend.
    private var dialer: BackendDialer?
    /// When it began.
    private var dialed = NIODeadline.uptimeNanoseconds(0)
    /// The backend's connection once it is made, until the relay has it.
    private var connection: BackendDialer.Connection?
    /// Whether the client was refused, and only its FIN is waited for.
    private var isLingering = false

    /// Bytes that one read takes before there is a session: the longest request, and some of what may be behind it.
    private static let readLimit = 4096
    /// How long a client that was refused is read on.
    private static let lingering = TimeAmount.seconds(1)

    private init(_ client: StreamSocket, record: SessionRecord, environment: SessionEnvironment, loop: SocketLoop) {
        self.client = client
        self.record = record
        self.environment = environment
        self.loop = loop
    }

    /// Takes a connection that was just accepted.
    ///
    /// - Parameters:
    ///   - descriptor: The connection, which is closed where it cannot be taken.
    ///   - address: The client's.
    ///   - loop: Where the session is to live.
    ///   - environment: What every session needs of the router.
    static func open(
        _ descriptor: CInt,
        from address: ClientAddress,
        on loop: SocketLoop,
        environment: SessionEnvironment
    ) {
        guard let id = loop.add(descriptor, handler: nil) else {
            environment.counters.failedToAccept(ErrorText(IOError(errnoCode: errno, reason: "epoll_ctl")).description)
            loop.handle.count(-1)
            close(descriptor)
            return
        }
        let handler = SessionHandler(
            StreamSocket(id, mayWrite: true),
            record: environment.open(id, from: address, on: loop),
            environment: environment,
            loop: loop
        )
        loop.setHandler(of: id, to: handler)
        if let timeout = environment.routes.current.configuration.sessions.requestTimeout {
            handler.deadline = loop.schedule(at: loop.now + TimeAmount(timeout)) { handler.requestIsOverdue() }
        }
    }

    // MARK: - What the client says

    func socket(_ id: SocketID, is readiness: Readiness) {
        self.client.noted(readiness)
        if readiness.contains(.broken) { return self.clientIsGone() }
        self.read()
    }

    private func read() {
        guard self.client.mayRead, self.record.request == nil || self.isLingering else { return }
        let buffer = self.loop.buffers.take()
        defer { self.loop.buffers.giveBack(buffer) }
        let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(Self.readLimit))
        switch self.client.receive(into: memory) {
        case .nothing: break
        case .end, .failed:
            // One that has not called, or was refused: a client that has called is not read here.
            self.clientIsGone()
        case .bytes(let count):
            if self.client.mayRead { self.loop.tryAgain(self.client.id) }
            if !self.isLingering {
                let bytes = UnsafeRawBufferPointer(rebasing: memory.prefix(count))
                self.perform(self.acceptor.received(Array(bytes)))
            }
        }
    }

    private func requestIsOverdue() {
        let action = self.acceptor.deadlinePassed()
        if action != .wait { self.record.ends(with: .requestTimeout) }
        self.perform(action)
    }

    private func clientIsGone() {
        self.end(with: .client)
    }

    func end(with end: SessionEnd) {
        self.record.ends(with: end)
        self.loop.cancel(self.deadline)
        self.dialer?.abandon()
        self.dialer = nil
        self.connection?.socket.close(on: self.loop)
        self.client.close(on: self.loop)
        self.environment.ended(self.record, on: self.loop)
    }

    // MARK: - What follows

    private func perform(_ action: SessionAcceptor.Action) {
        switch action {
        case .wait: break
        case .decide(let request):
            self.loop.cancel(self.deadline)
            self.record.request = request
            self.record.requestedAfter = self.loop.now - self.record.accepted
            self.decide(request)
        case .relay(let packet, let early):
            self.startRelay(answer: packet.encoded(), early: early)
        case .refuse(let refusal, let packet):
            self.record.ends(with: .refused(refusal))
            _ = self.client.send(packet.encoded())
            self.linger()
        case .hangUp:
            self.end(with: .protocolViolation)
        }
    }

    /// Sends our FIN behind the refusal and reads on for a moment before it closes.
    ///
    /// A close with unread bytes is a reset, which would take the refusal away from a client that sent more than its request.
    private func linger() {
        self.isLingering = true
        self.loop.cancel(self.deadline)
        self.deadline = self.loop.schedule(at: self.loop.now + Self.lingering) { self.clientIsGone() }
        self.client.finish()
        if self.client.mayRead { self.loop.tryAgain(self.client.id) }
    }

    private func decide(_ request: SessionRequest) {
        let table = self.environment.routes.current
        let limits = table.configuration.sessions
        // Before the route is looked for: a client that may not call at all learns nothing of what there is.
        if let refusal = self.environment.admit(self.record, limits: limits) {
            return self.perform(self.acceptor.refuse(refusal))
        }
        switch table.select(request.called, arrivedOn: self.localAddress) {
        case .refuse(let refusal, _):
            self.perform(self.acceptor.refuse(refusal))
        case .route(let route, _):
            self.record.route = route
            if let refusal = self.environment.admit(self.record, to: route, limits: limits) {
                return self.perform(self.acceptor.refuse(refusal))
            }
            self.dial(route, timeout: limits.connectTimeout)
        }
    }

    /// The router's address that the client called at.
    private var localAddress: NetBIOS.IPv4Address {
        TCPSocket.localAddress(self.client.id.descriptor)?.address ?? .any
    }

    private func dial(_ route: Route, timeout: Duration?) {
        let backends = self.environment.backends(of: route)
        guard !backends.isEmpty else {
            self.environment.foundNoBackend(for: self.record)
            return self.perform(self.acceptor.refuse(.insufficientResources))
        }
        let dialer = BackendDialer(
            on: self.loop,
            connectTimeout: timeout.map { TimeAmount($0) },
            source: self.source(for: route),
            onFailure: { self.environment.failed($0, of: self.record) },
            completion: { self.dialerEnded($0) }
        )
        self.dialer = dialer
        self.dialed = .now()
        dialer.dial(backends)
    }

    private func dialerEnded(_ result: Result<BackendDialer.Connection, BackendDialer.AllFailed>) {
        self.dialer = nil
        switch result {
        case .success(let connection):
            self.record.attempts = connection.attempts
            self.record.backend = connection.backend
            self.record.connectedAfter = .now() - self.dialed
            self.connection = connection
            self.environment.connected(self.record, to: connection)
            self.perform(self.acceptor.accept())
        case .failure(let failure):
            self.record.attempts = failure.attempts
            self.perform(self.acceptor.refuse(.insufficientResources))
        }
    }

    /// The address that the backend is to see, where it is not the router's.
    private func source(for route: Route) -> SocketAddress? {
        switch route.source {
        case .router: nil
        case .client: self.record.client.socketAddress(port: 0)
        }
    }

    /// Hands both connections to a relay, which answers the client.
    private func startRelay(answer: [UInt8], early: [UInt8]) {
        guard let backend = self.connection?.socket else { return self.end(with: .error) }
        self.connection = nil
        let relay = Relay(
            client: self.client,
            backend: backend,
            record: self.record,
            environment: self.environment,
            loop: self.loop
        )
        self.loop.setHandler(of: self.client.id, to: relay)
        self.loop.setHandler(of: backend.id, to: relay)
        relay.start(answer: answer, early: early)
    }
}

@available(*, unavailable)
extension SessionHandler: Sendable {}
