import Glibc
import NIOCore
import NetBIOS
import Synchronization

/// Listens on one address of TCP/139 and gives each connection a ``SessionHandler``.
final class SessionListener: Sendable {
    let address: SocketAddress
    private let descriptor: CInt
    /// Whether the service manager has the socket too, and means to have it again.
    private let isInherited: Bool
    private let handle: LoopHandle
    private let state: LoopBound<ListenerState?>
    private let closing = Mutex(Closing())

    private struct Closing {
        var isClosed = false
        var reaction: (@Sendable () -> Void)?
    }

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 1024

    /// Binds and listens; connections are taken from then on.
    ///
    /// - Parameters:
    ///   - address: Where to listen.
    ///   - mayBeAbsent: Whether the address may be on no interface yet, as a standby's.
    ///   - sharesPort: Whether an older listener of ours may still hold the port, as over a reload.
    ///   - loops: The event loops that sessions live on.
    ///   - environment: What every session needs of the router.
    /// - Returns: The listener.
    /// - Throws: ``BindError`` that names the address and the remedy.
    static func bind(
        _ address: SocketAddress,
        mayBeAbsent: Bool,
        sharesPort: Bool,
        on loops: SessionLoops,
        environment: SessionEnvironment
    ) async throws -> SessionListener {
        let inherited = InheritedSockets.shared.take(.stream, address.logText)
        do {
            let descriptor = try inherited ?? TCPSocket.make(AF_INET)
            do {
                try SocketOption.reuseAddress.set(on: descriptor, to: 1)
                if sharesPort { try SocketOption.reusePort.set(on: descriptor, to: 1) }
                if mayBeAbsent { try SocketOption.freeBind.set(on: descriptor, to: 1) }
                // A connection has the options of the socket that accepted it.
                try TCPSocket.setRelayOptions(descriptor)
                if inherited == nil { try TCPSocket.bind(descriptor, to: address) }
                guard listen(descriptor, Self.backlog) == 0 else { throw IOError(errnoCode: errno, reason: "listen") }
                if sharesPort { try SocketOption.reusePort.set(on: descriptor, to: 0) }
            } catch {
                Glibc.close(descriptor)
                throw error
            }
            let bound = TCPSocket.localAddress(descriptor).map { $0.socketAddress(port: $0.port) }
            let listener = SessionListener(
                descriptor,
                at: bound ?? address,
                isInherited: inherited != nil,
                on: loops.nextHandle()
            )
            let status = await listener.start(on: loops, environment: environment)
            guard status == 0 else {
                Glibc.close(descriptor)
                throw IOError(errnoCode: status, reason: "epoll_ctl")
            }
            return listener
        } catch {
            throw BindError(service: .session, address: address, reason: error)
        }
    }

    private init(_ descriptor: CInt, at address: SocketAddress, isInherited: Bool, on handle: LoopHandle) {
        self.descriptor = descriptor
        self.address = address
        self.isInherited = isInherited
        self.handle = handle
        self.state = LoopBound(nil, of: handle)
    }

    /// - Returns: 0, or the error number of epoll_ctl(2).
    private func start(on loops: SessionLoops, environment: SessionEnvironment) async -> CInt {
        await self.handle.run { loop in
            let state = ListenerState(on: loop, at: self.address, loops: loops, environment: environment) {
                self.closed()
            }
            guard state.start(self.descriptor) else { return errno }
            self.state[loop] = state
            return 0
        }
    }

    // MARK: - Options

    /// Lets another listener of this user bind to the port at another address, or no longer.
    ///
    /// Samba's daemons ask to share their ports. Were it always allowed, an smbd that is started later as the same user would
    /// get its share of the sessions instead of an error.
    func sharesPort(_ shares: Bool) async {
        await self.withSocket { try? SocketOption.reusePort.set(on: $0, to: shares ? 1 : 0) }
    }

    /// Does something with the socket while it is open, on its loop.
    private func withSocket<Result: Sendable>(_ body: @escaping @Sendable (CInt) -> Result) async -> Result? {
        await self.handle.run { loop in self.state[loop]?.isOpen == true ? body(self.descriptor) : nil }
    }

    // MARK: - The end

    /// Stops listening over a reload, without losing a connection that is being made.
    ///
    /// Closing a listener resets what its queue still holds. So first it is made deaf to new connections, whose clients ask
    /// again and reach the listener that stands beside it; then what is under way is accepted; then it is closed.
    func retire() async {
        // A filter would stay with the service manager's socket for good.
        if !self.isInherited { await self.withSocket { FilterProgram.dropSYN.attach(to: $0) } }
        // A handshake that was under way is done by then, also with a client far away. A client whose first packet was dropped
        // asks again after a second.
        try? await Task.sleep(for: .milliseconds(250))
        for _ in 0..<Self.retirementSteps {
            let length = await self.withSocket { ListenerInformation.queueLength(of: $0) }
            if length ?? 0 == 0 { break }
            try? await Task.sleep(for: .milliseconds(5))
        }
        await self.close()
    }

    /// How often, each 5 ms, a listener looks whether its queue has been accepted.
    private static let retirementSteps = 1000

    /// Stops listening. Connections that were accepted live on.
    func close() async {
        await self.handle.run { loop in
            self.state[loop]?.close()
            self.state[loop] = nil
        }
    }

    private func closed() {
        let reaction = self.closing.withLock { closing in
            closing.isClosed = true
            // What is to be done may hold the listener, which holds it here.
            return closing.reaction.take()
        }
        reaction?()
    }

    /// Has something done when the socket is closed, by whomever.
    func whenClosed(_ react: @escaping @Sendable () -> Void) {
        let isClosed = self.closing.withLock { closing in
            if !closing.isClosed { closing.reaction = react }
            return closing.isClosed
        }
        if isClosed { react() }
    }

    /// Whether the socket is open.
    var isOpen: Bool { !self.closing.withLock { $0.isClosed } }
}

/// The part of a listener that its event loop has.
private final class ListenerState: SocketHandler {
    private let loop: SocketLoop
    private let loops: SessionLoops
    private let environment: SessionEnvironment
    private let failures: AcceptFailures
    private var onClose: (() -> Void)?
    private var id: SocketID?
    private var pause: LoopTimer?

    /// Connections that are accepted in one turn of the loop.
    private static let step = 32

    init(
        on loop: SocketLoop,
        at address: SocketAddress,
        loops: SessionLoops,
        environment: SessionEnvironment,
        onClose: @escaping () -> Void
    ) {
        self.loop = loop
        self.loops = loops
        self.environment = environment
        self.failures = AcceptFailures(of: "TCP \(address.logText)", logger: environment.logger)
        self.onClose = onClose
    }

    var isOpen: Bool { self.id != nil }

    /// Begins to accept.
    ///
    /// - Returns: Whether the kernel had memory for it.
    func start(_ descriptor: CInt) -> Bool {
        self.id = self.loop.add(descriptor, as: .listener, handler: self)
        return self.isOpen
    }

    func close() {
        guard let id = self.id else { return }
        self.id = nil
        self.loop.cancel(self.pause)
        if self.loop.removeShared(id) { Glibc.close(id.descriptor) }
        // It holds the listener, which holds this.
        self.onClose.take()?()
    }

    func socket(_ id: SocketID, is readiness: Readiness) {
        for _ in 0..<Self.step {
            do throws(IOError) {
                guard let (connection, client) = try TCPSocket.accept(id.descriptor) else { return }
                self.open(connection, from: client)
            } catch {
                switch error.errnoCode {
                case EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET,
                    ENOPROTOOPT, EOPNOTSUPP:
                    // Of the connection alone, which is gone (accept(2)).
                    continue
                case EINVAL, EBADF, ENOTSOCK:
                    // It listens no more, as when an administrator has the kernel destroy it.
                    return self.close()
                default:
                    return self.pause(for: error)
                }
            }
        }
    }

    private func open(_ connection: CInt, from client: ClientAddress) {
        let handle = self.loops.handle(forSessionAcceptedOn: self.loop.handle)
        handle.count(1)
        guard handle !== self.loop.handle else {
            return SessionHandler.open(connection, from: client, on: self.loop, environment: self.environment)
        }
        handle.execute { [environment = self.environment] loop in
            SessionHandler.open(connection, from: client, on: loop, environment: environment)
        }
    }

    private func pause(for error: IOError) {
        guard let id = self.id else { return }
        let reason = ErrorText(error).description
        self.environment.counters.failedToAccept(reason)
        self.failures.tell(reason)
        self.loop.setPaused(true, id)
        self.pause = self.loop.schedule(at: self.loop.now + AcceptFailures.pause) {
            self.loop.setPaused(false, id)
        }
    }
}

@available(*, unavailable)
extension ListenerState: Sendable {}
