import Glibc
import NetBIOS
import RouteConfig
import Sockets

/// Performs the actions of one session's ``SessionMachine`` on its sockets. Confined to one event loop, whose
/// ``SessionTable`` has it from accept to end. One file, since every action works on the same private state.
final class SessionDriver: SocketHandler {
    var id: SessionID { self.record.id }
    /// The record of the session so far.
    var currentRecord: SessionRecord {
        var record = self.record
        record.dialect = self.relay.sniffer.chosen
        return record
    }

    private var record: SessionRecord
    private let environment: SessionEnvironment
    private let sessions: SessionTable
    private let loop: EventLoop
    private var machine = SessionMachine()
    // Unchecked: confined to the loop, and no call with access to it re-enters this object. The dynamic checks were
    // 6,000 of the 105,000 instructions of a short session.
    @exclusivity(unchecked) private var relay: FrameRelay
    private var dialer: BackendDialer?
    /// The request's deadline, then the limit of silence.
    private var timer: LoopTimer?
    private var lastActivity: MonotonicTime
    private var idleTimeout: Duration?
    private var traffic: RouteTraffic?

    /// The size of reads before relaying, in bytes: the longest request, and some of what may follow it.
    private static let requestReadLimit = 4096

    // MARK: - Accept

    /// Begins a session with an accepted connection.
    ///
    /// - Parameters:
    ///   - descriptor: The connection; closed where it cannot be registered.
    ///   - client: The peer.
    ///   - sessionLoop: The loop of the session, which has counted it.
    ///   - loop: The event loop of `sessionLoop`.
    ///   - environment: The router's shared parts.
    static func open(
        _ descriptor: consuming OwnedDescriptor,
        from client: ClientAddress,
        on sessionLoop: SessionLoop,
        _ loop: EventLoop,
        environment: SessionEnvironment
    ) {
        do throws(SystemCallError) {
            let socket = try StreamSocket(descriptor, on: loop, origin: .accepted, handler: nil)
            let driver = SessionDriver(socket, from: client, on: sessionLoop, loop, environment: environment)
            driver.start()
        } catch {
            environment.counters.failedToAccept(error.description)
            loop.handle.addLoad(-1)
        }
    }

    private init(
        _ socket: consuming StreamSocket,
        from client: ClientAddress,
        on sessionLoop: SessionLoop,
        _ loop: EventLoop,
        environment: SessionEnvironment
    ) {
        self.record = environment.open(from: client, on: sessionLoop, accepted: loop.now)
        self.environment = environment
        self.sessions = sessionLoop.sessions(loop)
        self.loop = loop
        self.lastActivity = loop.now
        self.relay = FrameRelay(client: socket)
    }

    private func start() {
        self.sessions.insert(self)
        self.relay.setHandler(self)
        guard let timeout = self.environment.routes.current.configuration.sessions.requestTimeout else { return }
        self.timer = self.loop.schedule(at: self.loop.now + timeout) { self.perform(self.machine.requestTimedOut()) }
    }

    // MARK: - Events

    func socket(_ id: SocketID, became readiness: Readiness) {
        let side = self.relay.record(readiness, of: id)
        if readiness.contains(.broken), !self.machine.isOutputFailed(side) { self.outputFailed(side) }
        switch self.machine.phase {
        case .relaying:
            self.flush(side)
            self.transfer(from: side)
        case .awaitingRequest, .lingering: self.receive(from: side)
        case .choosing, .dialing, .ended: break
        }
    }

    /// Ends the session: by the operator, a reload, a limit or the stop.
    func close(_ end: SessionEnd) {
        self.perform(self.machine.close(end))
    }

    /// Reads the request, or the bytes of a refused client.
    private func receive(from side: SessionSide) {
        guard self.machine.mayRead(side), self.relay.mayRead(side) else { return }
        let buffer = self.loop.buffers.take()
        defer { self.loop.buffers.giveBack(buffer) }
        let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(Self.requestReadLimit))
        switch self.relay.receive(from: side, into: memory) {
        case .nothing: break
        case .end: self.perform(self.machine.inputEnded(side))
        case .failed: self.perform(self.machine.inputFailed(side))
        case .bytes(let count):
            if self.relay.mayRead(side) { self.relay.requestTurn(side) }
            guard self.machine.awaitsRequest else { return }
            self.perform(self.machine.received(Array(UnsafeRawBufferPointer(rebasing: memory.prefix(count)))))
        }
    }

    /// Reads once, and relays the bytes.
    private func transfer(from side: SessionSide) {
        guard self.machine.mayRead(side), self.relay.mayRead(side) else { return }
        self.follow(self.relay.transfer(from: side, buffers: self.loop.buffers), from: side)
        if self.machine.mayRead(side), self.relay.mayRead(side) { self.relay.requestTurn(side) }
    }

    private func follow(_ transfer: FrameRelay.Transfer, from side: SessionSide) {
        if transfer.byteCount > 0 { self.count(transfer.byteCount, from: side) }
        if transfer.output == .blocked { self.machine.outputBlocked(side.other) }
        switch transfer.input {
        case .open: break
        case .ended:
            self.noteUnreadBytes(for: side)
            self.inputIsOver(self.machine.inputEnded(side))
        case .failed:
            self.noteUnreadBytes(for: side)
            self.inputIsOver(self.machine.inputFailed(side))
        // Handled before a failed output, since it is the reason of the end.
        case .violated: self.inputIsOver(self.machine.violated(side))
        }
        if transfer.output == .failed { self.outputFailed(side.other, hasLostBytes: true) }
    }

    private func count(_ bytes: Int, from side: SessionSide) {
        self.lastActivity = self.loop.now
        switch side {
        case .client: self.record.bytesIn += bytes
        case .backend: self.record.bytesOut += bytes
        }
        self.traffic?.add(bytes, from: side)
    }

    /// Writes pending bytes to a side.
    private func flush(_ side: SessionSide) {
        let (output, count) = self.relay.flush(side)
        if count > 0 {
            self.lastActivity = self.loop.now
            self.loop.budget.spend(count)
        }
        switch output {
        case .unchanged, .blocked: break
        case .taken:
            self.perform(self.machine.outputUnblocked(side))
            self.transfer(from: side.other)
        case .failed: self.outputFailed(side, hasLostBytes: true)
        }
    }

    /// Handles a side that accepts no more bytes; some that it sent may still be unread.
    private func outputFailed(_ side: SessionSide, hasLostBytes: Bool = false) {
        let isLossy = self.relay.discardOutput(of: side) || hasLostBytes
        self.relay.readToEnd(side)
        self.inputIsOver(self.machine.outputFailed(side, isLossy: isLossy))
        self.relay.requestTurn(side)
    }

    /// Checks for bytes that arrived from the other side since this one broke.
    private func noteUnreadBytes(for side: SessionSide) {
        guard self.machine.isOutputFailed(side), self.relay.hasUnreadBytes(side.other) else { return }
        self.perform(self.machine.outputFailed(side, isLossy: true))
    }

    /// Handles a side that has closed or is broken: the other one gets the full time limit from now.
    private func inputIsOver(_ action: SessionMachine.Action) {
        if self.machine.isRelaying {
            self.lastActivity = self.loop.now
            self.scheduleSilenceCheck()
        }
        self.perform(action)
    }

    // MARK: - Actions

    private func perform(_ action: SessionMachine.Action) {
        switch action {
        case .none: break
        case .choose(let request): self.choose(request)
        case .dial: self.dial()
        case .refuse(let packet): self.refuse(packet)
        case .relay(let answer, let early): self.startRelay(answer: answer, early: early)
        case .finish(let side): self.relay.finish(side)
        case .drain(let side):
            self.relay.close(side.other, .closeIfQuiet)
            self.awaitDrain(of: side)
        case .end(let end, let client, let backend): self.end(end, client: client, backend: backend)
        }
    }

    private func choose(_ request: SessionRequest) {
        self.loop.cancel(self.timer)
        self.record.request = request
        self.record.requested = self.loop.now
        let decision = self.environment.decide(self.record, request) { self.relay.localEndpoint?.ipv4 ?? .any }
        switch decision {
        case .refuse(let refusal, let route):
            self.record.route = route
            self.perform(self.machine.refuse(refusal))
        case .route(let route, let sessions):
            self.record.route = route
            self.idleTimeout = sessions.idleTimeout
            self.perform(self.machine.routed())
        }
    }

    private func dial() {
        guard let route = self.record.route else { return self.perform(self.machine.refuse(.unspecified)) }
        let backends = self.environment.backends(of: route)
        guard !backends.isEmpty else {
            self.environment.foundNoBackend(for: self.record)
            return self.perform(self.machine.refuse(.insufficientResources))
        }
        let source: Endpoint? =
            switch route.source {
            case .router: nil
            case .client: Endpoint(self.record.client.address, port: 0)
            }
        self.dialer = BackendDialer(
            backends,
            from: source,
            connectTimeout: self.environment.routes.current.configuration.sessions.connectTimeout,
            resolver: self.environment.resolver,
            on: self.loop
        ) { self.dialed($0) }
    }

    private func dialed(_ event: consuming BackendDialer.Event) {
        switch consume event {
        case .failed(let failure):
            self.record.attempts += 1
            self.environment.failed(failure)
        case .exhausted:
            self.dialEnded()
            self.perform(self.machine.refuse(.insufficientResources))
        case .connected(let socket, let backend, let duration):
            self.dialEnded()
            self.record.attempts += 1
            self.record.backend = backend
            self.record.connected = .now()
            self.traffic = self.environment.connected(self.record, after: duration)
            self.relay.connect(socket)
            self.relay.setHandler(self)
            self.perform(self.machine.connected())
        }
    }

    /// Reports the backends that the dial could not reach.
    private func dialEnded() {
        guard let dialer = self.dialer.take() else { return }
        dialer.cancel()
        self.environment.notReached(dialer.failures, by: self.record)
    }

    private func refuse(_ packet: [UInt8]) {
        self.loop.cancel(self.timer)
        self.lastActivity = self.loop.now
        _ = self.relay.sendToClient(packet)
        self.relay.finish(.client)
        self.scheduleSilenceCheck()
        if self.relay.mayRead(.client) { self.relay.requestTurn(.client) }
    }

    private func startRelay(answer: [UInt8], early: [UInt8]) {
        self.lastActivity = self.loop.now
        self.scheduleSilenceCheck()
        if !self.relay.sendToClient(answer) { self.outputFailed(.client, hasLostBytes: true) }
        if !early.isEmpty {
            self.follow(self.relay.pass(early, from: .client, buffers: self.loop.buffers), from: .client)
        }
        // Readiness that was already recorded is not reported again.
        for side in SessionSide.allCases where self.relay.mayRead(side) { self.relay.requestTurn(side) }
    }

    /// Polls whether a side has acknowledged everything, since the kernel does not notify.
    private func awaitDrain(of side: SessionSide, last: Int = .max, after step: Duration = .milliseconds(1)) {
        let count = self.relay.undrainedCount(side)
        if count <= 0 { return self.perform(self.machine.drained()) }
        if count < last { self.lastActivity = self.loop.now }
        self.loop.cancel(self.timer)
        guard let limit = self.machine.silenceLimit(idleTimeout: nil) else { return }
        self.timer = self.loop.schedule(at: self.loop.now + step) {
            guard self.loop.now - self.lastActivity < limit else {
                return self.perform(self.machine.lingerTimedOut())
            }
            self.awaitDrain(of: side, last: count, after: min(step * 2, Self.longestDrainStep))
        }
    }

    private static let longestDrainStep = Duration.milliseconds(100)

    private func end(_ end: SessionEnd, client: SessionMachine.Disposal, backend: SessionMachine.Disposal) {
        self.loop.cancel(self.timer)
        self.dialEnded()
        self.relay.close(client: client, backend: backend)
        self.record.end = end
        self.record.isSMB1Refused = self.relay.sniffer.isSMB1Refused(closedByBackend: end == .backend)
        self.sessions.remove(self.id)
        self.environment.ended(self.currentRecord, on: self.loop)
    }

    // MARK: - Silence

    private func scheduleSilenceCheck() {
        self.loop.cancel(self.timer)
        guard let limit = self.machine.silenceLimit(idleTimeout: self.idleTimeout) else { return }
        self.timer = self.loop.schedule(at: self.lastActivity + limit) {
            if self.loop.now - self.lastActivity >= limit {
                self.perform(self.machine.silenceElapsed())
            } else {
                self.scheduleSilenceCheck()
            }
        }
    }
}

@available(*, unavailable)
extension SessionDriver: Sendable {}
