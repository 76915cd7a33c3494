/// The called side of one session, from its first byte until it is relayed or refused.
///
/// Has no socket and no clock: tell it what happened, do what it answers (RFC 1002 §5.2.2).
/// ```text
/// awaitingRequest ──request──▶ deciding ──accept──▶ established
///        │                        │
///        └──garbage, deadline──▶ closed ◀──refuse──┘
/// ```
/// Keep-alives may come before the request, and are skipped. Bytes behind the request are kept for the backend: some
/// clients do not wait for the answer.
public struct SessionAcceptor: Hashable, Sendable {
    private enum State: Hashable {
        case awaitingRequest
        case deciding
        case established
        case closed
    }

    /// What the owner of the socket must do now, and nothing else.
    public enum Action: Hashable, Sendable {
        /// Nothing until something else happens.
        case wait
        /// Stop reading and find a backend for this call, then say ``accept()`` or ``refuse(_:)``.
        case decide(SessionRequest)
        /// Send the packet; then carry bytes both ways, beginning with `early`, sent before our answer.
        case relay(after: SessionPacket, early: [UInt8])
        /// Send the packet, then close.
        case refuse(SessionRefusal, SessionPacket)
        /// Close, saying nothing: the peer does not speak the session service.
        case hangUp(WireError)
    }

    private var state = State.awaitingRequest
    private var buffered: [UInt8] = []

    public init() {}

    /// Takes bytes from the client.
    ///
    /// Until a request is complete at most ``SessionRequest/maximumPayloadLength`` bytes are kept from one call to the
    /// next; while deciding, whatever is given is kept, so the owner stops reading.
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

    /// No backend takes the call.
    public mutating func refuse(_ refusal: SessionRefusal) -> Action {
        switch self.state {
        case .awaitingRequest, .deciding: self.closed(with: .refuse(refusal, .negativeResponse(refusal)))
        case .established, .closed: .wait
        }
    }

    /// The client did not complete a request in the time it was given (RFC 1002 §4.3.4: unspecified error).
    public mutating func deadlinePassed() -> Action {
        guard case .awaitingRequest = self.state else { return .wait }
        return self.refuse(.unspecified)
    }

    /// Walks the packets that are buffered, up to the request.
    private mutating func advance() -> Action {
        var consumed = 0
        while true {
            var reader = ByteReader(self.buffered, from: consumed)
            // A type that no session packet has is found out by its first byte, so nothing waits for the rest.
            if reader.remaining > 0, reader.remaining < SessionPacketHeader.length {
                guard SessionPacketType(rawValue: self.buffered[consumed]) != nil else {
                    return self.hangUp(at: consumed)
                }
            }
            guard reader.remaining >= SessionPacketHeader.length else { break }
            guard let header = try? SessionPacketHeader(from: &reader) else { return self.hangUp(at: consumed) }
            switch header.type {
            case .keepAlive where header.payloadLength == 0:
                consumed = reader.offset
            case .request:
                guard header.payloadLength <= SessionRequest.maximumPayloadLength else {
                    return self.refuse(.unspecified)
                }
                guard reader.remaining >= header.payloadLength else {
                    self.buffered.removeFirst(consumed)
                    return .wait
                }
                return self.decide(from: reader, payloadLength: header.payloadLength)
            case .message, .positiveResponse, .negativeResponse, .retargetResponse, .keepAlive:
                return self.refuse(.unspecified)
            }
        }
        self.buffered.removeFirst(consumed)
        return .wait
    }

    private mutating func decide(from reader: ByteReader, payloadLength: Int) -> Action {
        let end = reader.offset + payloadLength
        var payload = ByteReader(Array(self.buffered[reader.offset..<end]))
        guard let request = try? SessionRequest(from: &payload) else { return self.refuse(.unspecified) }
        self.buffered.removeFirst(end)
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
