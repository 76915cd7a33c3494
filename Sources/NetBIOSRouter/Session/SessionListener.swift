import Glibc
import NetBIOS
import Sockets
import Synchronization

/// Listens on one TCP address and starts a session for each connection.
final class SessionListener: Sendable {
    let endpoint: Endpoint
    /// Whether the service manager holds the socket, too, and will pass it to the next process.
    private let isInherited: Bool
    private let handle: EventLoopHandle
    private let listener: LoopBound<StreamListener?>
    private let closing = Mutex(Closing())

    private struct Closing {
        var isClosed = false
        var reaction: (@Sendable () -> Void)?
    }

    /// The length of the accept queue.
    private static let backlog: CInt = 1024

    /// Binds and listens; connections are accepted from then on.
    ///
    /// - Parameters:
    ///   - endpoint: The address to listen on.
    ///   - mayBeAbsent: Whether the address may be on no interface yet, as a standby's.
    ///   - sharesPort: Whether an older listener of this router may still hold the port, as during a reload.
    ///   - loops: The event loops of sessions.
    ///   - environment: The parts of the router that sessions share.
    /// - Returns: The open listener.
    /// - Throws: ``BindError`` with the address and the remedy.
    static func bind(
        _ endpoint: Endpoint,
        mayBeAbsent: Bool,
        sharesPort: Bool,
        on loops: SessionLoops,
        environment: SessionEnvironment
    ) async throws(BindError) -> SessionListener {
        do throws(SystemCallError) {
            let inherited = InheritedSockets.shared.take(.stream, "\(endpoint)")
            let descriptor =
                if let inherited { OwnedDescriptor(inherited) } else { try TCPSocket.make(AF_INET) }
            try SocketOption.reuseAddress.set(on: descriptor.rawValue, to: 1)
            if sharesPort { try SocketOption.reusePort.set(on: descriptor.rawValue, to: 1) }
            if mayBeAbsent { try SocketOption.freeBind.set(on: descriptor.rawValue, to: 1) }
            // Accepted connections inherit the options of the listener.
            for (option, value) in SessionSocketOptions.all { try option.set(on: descriptor.rawValue, to: value) }
            if inherited == nil { try TCPSocket.bind(descriptor.rawValue, to: endpoint) }
            guard listen(descriptor.rawValue, Self.backlog) == 0 else { throw .current("listen") }
            if sharesPort { try SocketOption.reusePort.set(on: descriptor.rawValue, to: 0) }
            let loop = loops.nextLoop()
            let listener = SessionListener(
                at: Endpoint(localAddressOf: descriptor.rawValue) ?? endpoint,
                isInherited: inherited != nil,
                on: loop.handle
            )
            try await listener.start(descriptor.release(), on: loop, of: loops, environment: environment)
            return listener
        } catch {
            throw BindError(service: .session, endpoint: endpoint, reason: error)
        }
    }

    private init(at endpoint: Endpoint, isInherited: Bool, on handle: EventLoopHandle) {
        self.endpoint = endpoint
        self.isInherited = isInherited
        self.handle = handle
        self.listener = LoopBound(nil, of: handle)
    }

    private func start(
        _ descriptor: CInt,
        on sessionLoop: SessionLoop,
        of loops: SessionLoops,
        environment: SessionEnvironment
    ) async throws(SystemCallError) {
        let result = await self.handle.run { loop -> Result<Void, SystemCallError> in
            let acceptance = SessionAcceptance(self, on: sessionLoop, loop, of: loops, environment: environment)
            do throws(SystemCallError) {
                self.listener[loop] = try StreamListener(
                    OwnedDescriptor(descriptor),
                    isShared: self.isInherited,
                    on: loop,
                    events: acceptance
                )
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    // MARK: - Options

    /// Sets whether another listener of this user may bind the port at another address.
    ///
    /// Samba's daemons ask to share their ports. If it were always allowed, an smbd that the same user starts later would
    /// get a share of the sessions instead of an error.
    func setSharesPort(_ shares: Bool) async {
        await self.handle.run { loop in
            guard let descriptor = self.listener[loop]?.descriptor else { return }
            try? SocketOption.reusePort.set(on: descriptor, to: shares ? 1 : 0)
        }
    }

    // MARK: - The end

    /// Stops listening without losing connections in the handshake; returns when the socket is closed.
    ///
    /// Closing resets the connections in the queue. So the listener first ignores new ones, whose clients retransmit
    /// and reach the listener beside it; then it accepts those under way; then it closes.
    func retire() async {
        await withCheckedContinuation { continuation in
            self.handle.execute { loop in
                // A filter would remain on the service manager's socket.
                if !self.isInherited, let descriptor = self.listener[loop]?.descriptor {
                    FilterProgram.dropSYN.attach(to: descriptor)
                }
                self.closeWhenQueueIsEmpty(on: loop, after: Self.handshakeTime, until: loop.now + Self.queueTime) {
                    continuation.resume()
                }
            }
        }
    }

    /// The time for a handshake under way, even with a distant client. A client whose SYN was dropped retransmits it
    /// after a second.
    private static let handshakeTime = Duration.milliseconds(250)
    /// The time limit for accepting the queue, and the interval of checks: the kernel does not report an empty queue.
    private static let queueTime = Duration.seconds(5)
    private static let queueInterval = Duration.milliseconds(5)

    private func closeWhenQueueIsEmpty(
        on loop: EventLoop,
        after delay: Duration,
        until end: MonotonicTime,
        completion: @escaping () -> Void
    ) {
        _ = loop.schedule(at: .now() + delay) {
            let length = self.listener[loop]?.descriptor.map(ListenerQueue.length(of:)) ?? 0
            if length > 0, loop.now < end {
                return self.closeWhenQueueIsEmpty(
                    on: loop,
                    after: Self.queueInterval,
                    until: end,
                    completion: completion
                )
            }
            self.listener[loop]?.close()
            completion()
        }
    }

    /// Stops listening; accepted connections continue.
    func close() async {
        await self.handle.run { loop in self.listener[loop]?.close() }
    }

    /// Calls `reaction` when the router or the kernel closes the socket.
    func whenClosed(_ reaction: @escaping @Sendable () -> Void) {
        let isClosed = self.closing.withLock { closing in
            if !closing.isClosed { closing.reaction = reaction }
            return closing.isClosed
        }
        if isClosed { reaction() }
    }

    /// Whether the socket is open.
    var isOpen: Bool { !self.closing.withLock { $0.isClosed } }

    fileprivate func closed(_ loop: EventLoop) {
        self.listener[loop] = nil
        let reaction = self.closing.withLock { closing in
            closing.isClosed = true
            // The reaction may retain this listener.
            return closing.reaction.take()
        }
        reaction?()
    }
}

/// Starts sessions for the connections of one listener. Confined to its event loop.
private final class SessionAcceptance: StreamListener.Events {
    private let listener: SessionListener
    private let sessionLoop: SessionLoop
    private let loop: EventLoop
    private let loops: SessionLoops
    private let environment: SessionEnvironment
    private let failures: AcceptFailures

    init(
        _ listener: SessionListener,
        on sessionLoop: SessionLoop,
        _ loop: EventLoop,
        of loops: SessionLoops,
        environment: SessionEnvironment
    ) {
        self.listener = listener
        self.sessionLoop = sessionLoop
        self.loop = loop
        self.loops = loops
        self.environment = environment
        self.failures = AcceptFailures(of: "TCP \(listener.endpoint)", logger: environment.logger)
    }

    func accepted(_ descriptor: CInt, from peer: sockaddr_in) {
        let target = self.loops.loop(forSessionAcceptedOn: self.sessionLoop)
        let client = ClientAddress(peer)
        target.handle.addLoad(1)
        guard target !== self.sessionLoop else {
            let connection = OwnedDescriptor(descriptor)
            return SessionDriver.open(connection, from: client, on: target, self.loop, environment: self.environment)
        }
        target.handle.execute { [environment = self.environment] loop in
            SessionDriver.open(OwnedDescriptor(descriptor), from: client, on: target, loop, environment: environment)
        }
    }

    func acceptFailed(_ error: SystemCallError) {
        self.environment.counters.failedToAccept(error.description)
        self.failures.report(error.description)
    }

    func listenerClosed() {
        self.listener.closed(self.loop)
    }
}

@available(*, unavailable)
extension SessionAcceptance: Sendable {}
