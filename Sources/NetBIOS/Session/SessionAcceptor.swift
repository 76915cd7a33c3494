/// The called side of one session, from its first byte until it is relayed or refused (RFC 1002 §5.2.2).
///
/// Has no socket and no clock: call one method per event and perform the action that it returns.
/// ```text
/// awaitingRequest ──request──▶ deciding ──accept──▶ established
///        │                        │
///        └──garbage, deadline──▶ closed ◀──refuse──┘
/// ```
/// Keep-alives before the request are skipped. Bytes after the request are kept for the backend: some clients do not
/// wait for the response.
public struct SessionAcceptor: Hashable, Sendable {
    private enum State: Hashable {
        case awaitingRequest
        case deciding
        case established
        case closed
    }

    /// The action to perform after an event.
    public enum Action: Hashable, Sendable {
        /// Nothing.
        case wait
        /// Stop reading, find a backend, then call ``accept()`` or ``refuse(_:)``.
        case decide(SessionRequest)
        /// Send the packet; then relay bytes in both directions, beginning with `early`, which the client sent before
        /// the response.
        case relay(after: SessionPacket, early: [UInt8])
        /// Send the packet, then close.
        case refuse(SessionRefusal, SessionPacket)
        /// Close without a response: the peer does not speak the session service.
        case hangUp(WireError)
    }

    private var state = State.awaitingRequest
    private var buffered: [UInt8] = []

    public init() {}

    /// Processes bytes from the client.
    ///
    /// Until a request is complete at most ``SessionRequest/maximumPayloadLength`` bytes are kept between calls; while
    /// deciding all bytes are kept, so the caller must stop reading.
    public mutating func received(_ bytes: [UInt8]) -> Action {
        switch self.state {
        case .awaitingRequest:
            self.buffered += bytes
            return self.advance()
        case .deciding:
            self.buffered += bytes
            return .wait
        case .established, .closed:
            return .wait
        }
    }

    /// The backend is connected.
    public mutating func accept() -> Action {
        guard case .deciding = self.state else { return .wait }
        self.state = .established
        defer { self.buffered = [] }
        return .relay(after: .positiveResponse, early: self.buffered)
    }

    /// No backend accepts the call.
    public mutating func refuse(_ refusal: SessionRefusal) -> Action {
        switch self.state {
        case .awaitingRequest, .deciding: self.closed(with: .refuse(refusal, .negativeResponse(refusal)))
        case .established, .closed: .wait
        }
    }

    /// The client did not complete its request in time (RFC 1002 §4.3.4: unspecified error).
    public mutating func deadlinePassed() -> Action {
        guard case .awaitingRequest = self.state else { return .wait }
        return self.refuse(.unspecified)
    }

    /// Parses the buffered packets, up to the request.
    private mutating func advance() -> Action {
        var consumed = 0
        while consumed < self.buffered.count {
            // A type that no session packet has is found out by its first byte, so nothing waits for the rest.
            guard let type = SessionPacketType(rawValue: self.buffered[consumed]) else {
                return self.hangUp(at: consumed)
            }
            let start = consumed + SessionPacketHeader.length
            guard self.buffered.count >= start else { break }
            let length =
                Int(self.buffered[start - 3]) << 16 | Int(self.buffered[start - 2]) << 8 | Int(self.buffered[start - 1])
            switch type {
            case .keepAlive where length == 0:
                consumed = start
            case .request:
                guard length <= SessionRequest.maximumPayloadLength else { return self.refuse(.unspecified) }
                guard self.buffered.count - start >= length else {
                    self.buffered.removeFirst(consumed)
                    return .wait
                }
                return self.decide(start..<start + length)
            case .message, .positiveResponse, .negativeResponse, .retargetResponse, .keepAlive:
                return self.refuse(.unspecified)
            }
        }
        self.buffered.removeFirst(consumed)
        return .wait
    }

    private mutating func decide(_ range: Range<Int>) -> Action {
        var payload = ByteReader(Array(self.buffered[range]))
        guard let request = try? SessionRequest(from: &payload) else { return self.refuse(.unspecified) }
        self.buffered.removeFirst(range.upperBound)
        self.state = .deciding
        return .decide(request)
    }

    private mutating func hangUp(at offset: Int) -> Action {
        let byte = Int(self.buffered[offset])
        return self.closed(
            with: .hangUp(
                WireError(.invalid(byte, expected: "a session packet type"), field: "type", offset: offset)
            )
        )
    }

    private mutating func closed(with action: Action) -> Action {
        self.state = .closed
        self.buffered = []
        return action
    }
}
