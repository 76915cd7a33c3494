import NetBIOS

/// The whole life of one session, from accept to end, without sockets or clocks.
///
/// ```text
/// awaitingRequest ──request──▶ choosing ──routed──▶ dialing ──connected──▶ relaying ──FIN──▶ half-closed
///    │       │                    │                    │                      │                  │
///    │  time-out, bad request  refused          no backend reached            │ reset, violation │ second FIN
///    │       ▼                    ▼                    │                      ▼                  ▼
///    │      lingering(refusal) ◀──┴────────────────────┘                   lingering(reset)      │
///    ▼ garbage    │ FIN, 1 s                                                  │ drained, 60 s    │
///  ended ◀────────┴───────────────────────────────────────────────────────────┴──────────────────┘
/// ```
/// One file, so that every event of every phase can be read in one place. Call one method per event and perform the action
/// that it returns. ``close(_:)`` ends the session from every phase.
///
/// Relaying keeps one guarantee, that bytes are never lost behind a FIN: a side receives a FIN only after every byte of a
/// stream that the other side ended with a FIN. Where a stream is cut short, its receiver gets what arrived and then a reset;
/// where bytes cannot be delivered, their sender gets a reset.
struct SessionMachine: Hashable {
    private(set) var phase = Phase.awaitingRequest(SessionAcceptor())

    /// A phase with its state.
    enum Phase: Hashable {
        /// No complete session request yet.
        case awaitingRequest(SessionAcceptor)
        /// The request is complete; the route is being chosen.
        case choosing(SessionAcceptor)
        /// A backend is being connected.
        case dialing(SessionAcceptor)
        /// Bytes flow. Half-closed once one side has sent a FIN.
        case relaying(RelayState)
        /// One side stays open for a bounded time.
        case lingering(Linger)
        case ended
    }

    /// The reason why one side stays open after the session's end is decided.
    enum Linger: Hashable {
        /// The refused client may still send: a close with unread bytes is a reset, which would destroy the refusal.
        case refusal(SessionEnd)
        /// The side is reset once it has acknowledged what was sent to it.
        case reset(SessionSide, SessionEnd)
    }

    /// The driver's work after an event.
    enum Action: Hashable {
        case none
        /// Stop reading; choose a route, then call ``routed()`` or ``refuse(_:)``.
        case choose(SessionRequest)
        /// Connect to a backend, then call ``connected()`` or ``refuse(_:)``.
        case dial
        /// Send the packet and a FIN, then read until the client closes or ``lingerTimedOut()``.
        case refuse([UInt8])
        /// Send the answer, then relay, beginning with `early`, which the client sent before the answer.
        case relay(answer: [UInt8], early: [UInt8])
        /// Send a FIN to the side.
        case finish(SessionSide)
        /// Close the other side; reset this one when its kernel buffer is empty, and call ``drained()``.
        case drain(SessionSide)
        /// Close both sides; the session is over.
        case end(SessionEnd, client: Disposal, backend: Disposal)
    }

    /// The manner of closing a connection.
    enum Disposal: Hashable {
        /// With a FIN, after the pending bytes.
        case close
        /// With a reset, which tells the peer that bytes are missing.
        case reset
        /// With a FIN if no bytes are in flight in either direction, otherwise with a reset.
        case closeIfQuiet
    }

    // MARK: - The session request

    /// The client sent bytes before relaying.
    mutating func received(_ bytes: [UInt8]) -> Action {
        guard case .awaitingRequest(var acceptor) = self.phase else { return .none }
        let action = acceptor.received(bytes)
        self.phase = .awaitingRequest(acceptor)
        return self.follow(action, acceptor)
    }

    /// The client did not complete its request in time.
    mutating func requestTimedOut() -> Action {
        guard case .awaitingRequest(var acceptor) = self.phase else { return .none }
        return self.follow(acceptor.deadlinePassed(), acceptor, refusedAs: .requestTimeout)
    }

    /// The call has a route, and the session was admitted to it.
    mutating func routed() -> Action {
        guard case .choosing(let acceptor) = self.phase else { return .none }
        self.phase = .dialing(acceptor)
        return .dial
    }

    /// No route or backend accepts the call.
    mutating func refuse(_ refusal: SessionRefusal) -> Action {
        switch self.phase {
        case .choosing(var acceptor), .dialing(var acceptor): self.follow(acceptor.refuse(refusal), acceptor)
        case .awaitingRequest, .relaying, .lingering, .ended: .none
        }
    }

    /// A backend accepted the connection.
    mutating func connected() -> Action {
        guard case .dialing(var acceptor) = self.phase else { return .none }
        return self.follow(acceptor.accept(), acceptor)
    }

    /// - Parameters:
    ///   - action: The acceptor's.
    ///   - acceptor: The acceptor in its new state.
    ///   - end: The session's end where the call is refused; `nil` for that of the refusal's code.
    /// - Returns: The driver's action.
    private mutating func follow(
        _ action: SessionAcceptor.Action,
        _ acceptor: SessionAcceptor,
        refusedAs end: SessionEnd? = nil
    ) -> Action {
        switch action {
        case .wait:
            return .none
        case .decide(let request):
            self.phase = .choosing(acceptor)
            return .choose(request)
        case .relay(let packet, let early):
            self.phase = .relaying(RelayState())
            return .relay(answer: packet.encoded(), early: early)
        case .refuse(let refusal, let packet):
            self.phase = .lingering(.refusal(end ?? .refused(refusal)))
            return .refuse(packet.encoded())
        case .hangUp:
            return self.end(.protocolViolation, client: .close, backend: .close)
        }
    }

    // MARK: - Relaying

    var awaitsRequest: Bool {
        switch self.phase {
        case .awaitingRequest: true
        case .choosing, .dialing, .relaying, .lingering, .ended: false
        }
    }

    var isRelaying: Bool {
        switch self.phase {
        case .relaying: true
        case .awaitingRequest, .choosing, .dialing, .lingering, .ended: false
        }
    }

    /// Whether bytes of `side` may be read now.
    func mayRead(_ side: SessionSide) -> Bool {
        switch self.phase {
        case .relaying(let relay): relay.mayRead(side)
        case .awaitingRequest: side == .client
        case .lingering(.refusal): side == .client
        case .choosing, .dialing, .lingering(.reset), .ended: false
        }
    }

    /// The socket of `side` did not take all bytes written to it.
    mutating func outputBlocked(_ side: SessionSide) {
        guard case .relaying(var relay) = self.phase else { return }
        relay.outputBlocked(side)
        self.phase = .relaying(relay)
    }

    /// The socket of `side` has taken all bytes written to it.
    mutating func outputUnblocked(_ side: SessionSide) -> Action {
        self.changingRelay { $0.outputUnblocked(side) }
    }

    /// `side` sent a FIN, and everything before it was read.
    mutating func inputEnded(_ side: SessionSide) -> Action {
        switch self.phase {
        case .relaying: self.changingRelay { $0.inputEnded(side) }
        case .awaitingRequest, .choosing, .dialing, .lingering, .ended: self.connectionLost(side)
        }
    }

    /// The stream of `side` was cut short: its connection was reset or timed out, and everything that arrived was read.
    mutating func inputFailed(_ side: SessionSide) -> Action {
        switch self.phase {
        case .relaying: self.changingRelay { $0.inputFailed(side) }
        case .awaitingRequest, .choosing, .dialing, .lingering, .ended: self.connectionLost(side)
        }
    }

    /// The connection of `side` accepts no more bytes, though bytes from it may still be unread.
    ///
    /// - Parameters:
    ///   - side: The broken side.
    ///   - isLossy: Whether bytes of the other side are known to be lost.
    /// - Returns: The driver's action.
    mutating func outputFailed(_ side: SessionSide, isLossy: Bool) -> Action {
        switch self.phase {
        case .relaying: self.changingRelay { $0.outputFailed(side, isLossy: isLossy) }
        case .awaitingRequest, .choosing, .dialing, .lingering, .ended: self.connectionLost(side)
        }
    }

    /// Whether ``outputFailed(_:isLossy:)`` or ``inputFailed(_:)`` was called for `side`.
    func isOutputFailed(_ side: SessionSide) -> Bool {
        switch self.phase {
        case .relaying(let relay): relay.isOutputFailed(side)
        case .awaitingRequest, .choosing, .dialing, .lingering, .ended: false
        }
    }

    /// `side` violated the protocol; the bytes before the violation were passed on.
    mutating func violated(_ side: SessionSide) -> Action {
        self.changingRelay { $0.violated(side) }
    }

    /// No byte was relayed for ``silenceLimit(idleTimeout:)``.
    mutating func silenceElapsed() -> Action {
        switch self.phase {
        case .relaying(let relay):
            return self.close(relay.end ?? .idleTimeout)
        case .lingering: return self.lingerTimedOut()
        case .awaitingRequest, .choosing, .dialing, .ended: return .none
        }
    }

    /// The time limit without a relayed byte; `nil` without a limit.
    func silenceLimit(idleTimeout: Duration?) -> Duration? {
        switch self.phase {
        case .relaying(let relay) where relay.isClosing:
            min(idleTimeout ?? RelayState.closingLimit, RelayState.closingLimit)
        case .lingering(.reset): RelayState.closingLimit
        case .lingering(.refusal): Self.refusalLinger
        case .relaying: idleTimeout
        case .awaitingRequest, .choosing, .dialing, .ended: nil
        }
    }

    private mutating func changingRelay(_ event: (inout RelayState) -> Action) -> Action {
        guard case .relaying(var relay) = self.phase else { return .none }
        let action = event(&relay)
        self.phase = .relaying(relay)
        guard action == .none || relay.isFinal else { return action }
        return self.settle(relay)
    }

    /// Ends the session when both directions are final.
    private mutating func settle(_ relay: RelayState) -> Action {
        guard relay.isFinal else { return .none }
        let end = relay.end ?? .error
        guard let side = relay.sideToReset else {
            // A side that violated the protocol is still connected, in whatever state its stream is.
            let disposal = end == .protocolViolation ? Disposal.closeIfQuiet : .close
            return self.end(end, client: disposal, backend: disposal)
        }
        self.phase = .lingering(.reset(side, end))
        return .drain(side)
    }

    // MARK: - Ends

    /// Handles a FIN or reset outside of relaying: the client gave up, or the lingering is over.
    private mutating func connectionLost(_ side: SessionSide) -> Action {
        switch self.phase {
        case .awaitingRequest, .choosing, .dialing: self.end(side.end, client: .close, backend: .close)
        case .lingering: self.lingerTimedOut()
        case .relaying, .ended: .none
        }
    }

    /// The side to reset has acknowledged everything.
    mutating func drained() -> Action { self.lingerTimedOut() }

    /// The time limit of a lingering side has passed.
    mutating func lingerTimedOut() -> Action {
        guard case .lingering(let linger) = self.phase else { return .none }
        switch linger {
        case .refusal(let end):
            return self.end(end, client: .close, backend: .close)
        case .reset(let side, let end):
            return self.end(
                end,
                client: side == .client ? .reset : .close,
                backend: side == .backend ? .reset : .close
            )
        }
    }

    /// Ends the session at once: by the operator, a reload, a limit or the stop. This reason outranks a side's earlier
    /// close.
    mutating func close(_ end: SessionEnd) -> Action {
        switch self.phase {
        case .awaitingRequest, .choosing, .dialing: self.end(end, client: .close, backend: .close)
        case .relaying: self.end(end, client: .closeIfQuiet, backend: .closeIfQuiet)
        case .lingering: self.lingerTimedOut()
        case .ended: .none
        }
    }

    private mutating func end(_ end: SessionEnd, client: Disposal, backend: Disposal) -> Action {
        self.phase = .ended
        return .end(end, client: client, backend: backend)
    }

    /// The time for which bytes of a refused client are read.
    static let refusalLinger = Duration.seconds(1)
}
