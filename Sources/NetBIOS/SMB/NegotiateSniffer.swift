/// Determines the SMB dialect of a session from the first message in each direction.
///
/// It looks at bytes that are passed on anyway; it changes none and holds none back, so a message that it does not
/// understand costs nothing but the answer. Of each message at most ``MessagePrefix/limit`` bytes are kept, and none once
/// ``isFinished``, as after ``MessagePrefix/packetLimit`` packets without a message in either direction.
/// Sources: [MS-CIFS] §2.2.4.52 and [MS-SMB2] §2.2.3 and §2.2.4.
public struct NegotiateSniffer: Sendable {
    /// The dialects that the client offered, in its order.
    public private(set) var offered: [SMBDialect] = []
    /// The dialect that the backend chose; `nil` if none yet.
    public private(set) var chosen: SMBDialect?
    /// Whether the backend refused all dialects.
    public private(set) var isRefused = false
    /// Whether the negotiation is complete.
    public private(set) var isFinished = false

    private var request = MessagePrefix()
    private var response = MessagePrefix()

    public init() {}

    /// Whether the client offered only dialects older than SMB 2.
    public var offersSMB1Alone: Bool {
        !self.offered.isEmpty
            && self.offered.allSatisfy { dialect in
                switch dialect {
                case .smb1(let name): !name.hasPrefix("SMB 2")
                case .smb2: false
                }
            }
    }

    /// Whether a client that speaks only SMB 1 got no dialect, in a session that has ended.
    ///
    /// A server without SMB 1 often just closes the connection.
    public func isSMB1Refused(closedByBackend: Bool) -> Bool {
        self.offersSMB1Alone && (self.isRefused || closedByBackend && !self.isFinished)
    }

    /// Processes bytes from the client, including session packet headers.
    public mutating func receivedFromClient(_ bytes: RawSpan) {
        guard !self.isFinished else { return }
        guard let message = self.request.next(bytes) else {
            self.isFinished = self.request.isExhausted
            return
        }
        self.offered = NegotiateRequest(decoding: message)?.dialects ?? []
        if self.offered.isEmpty { self.isFinished = true }
    }

    /// Processes bytes from the backend, including session packet headers.
    public mutating func receivedFromBackend(_ bytes: RawSpan) {
        guard !self.isFinished else { return }
        guard let message = self.response.next(bytes) else {
            self.isFinished = self.response.isExhausted
            return
        }
        let response = NegotiateResponse(decoding: message, offered: self.offered)
        switch response?.dialect {
        case .smb2(.wildcard):
            // The client negotiates again, with SMB 2.
            self.request = self.request.following()
            self.response = self.response.following()
        case let chosen:
            self.chosen = chosen
            self.isRefused = response != nil && chosen == nil
            self.isFinished = true
        }
    }
}
