/// Finds the SMB dialect of a session: what the client offered and what the backend chose, from the first message each way.
///
/// It looks at bytes that are passed on anyway; it changes none and holds none back, so a message that it does not
/// understand costs nothing but the answer. Of each message at most ``MessagePrefix/limit`` bytes are kept, and none once
/// ``isFinished``. Sources: [MS-CIFS] §2.2.4.52 and [MS-SMB2] §2.2.3 and §2.2.4.
public struct NegotiateSniffer: Sendable {
    /// The dialects that the client offered, in its order.
    public private(set) var offered: [SMBDialect] = []
    /// The dialect that the backend chose; `nil` while it has chosen none.
    public private(set) var chosen: SMBDialect?
    /// Whether the backend answered that it takes none of the dialects.
    public private(set) var isRefused = false
    /// Whether there is nothing left to learn.
    public private(set) var isFinished = false

    private var request = MessagePrefix()
    private var response = MessagePrefix()

    public init() {}

    /// Whether the client offered dialects, and all of them are older than SMB 2.
    public var offersSMB1Alone: Bool {
        !self.offered.isEmpty
            && self.offered.allSatisfy { dialect in
                switch dialect {
                case .smb1(let name): !name.hasPrefix("SMB 2")
                case .smb2: false
                }
            }
    }

    /// Whether a client that speaks nothing newer than SMB 1 got no dialect, in a session that is over.
    ///
    /// A server without SMB 1 often says nothing else than that it closes.
    public func isSMB1Refused(closedByBackend: Bool) -> Bool {
        self.offersSMB1Alone && (self.isRefused || closedByBackend && !self.isFinished)
    }

    /// Looks at bytes from the client, session packet headers and all.
    public mutating func receivedFromClient(_ bytes: RawSpan) {
        guard !self.isFinished, let message = self.request.next(bytes) else { return }
        self.offered = NegotiateRequest(decoding: message)?.dialects ?? []
        if self.offered.isEmpty { self.isFinished = true }
    }

    /// Looks at bytes from the backend, session packet headers and all.
    public mutating func receivedFromBackend(_ bytes: RawSpan) {
        guard !self.isFinished, let message = self.response.next(bytes) else { return }
        let response = NegotiateResponse(decoding: message, offered: self.offered)
        switch response?.dialect {
        case .smb2(.wildcard):
            // The client negotiates once more, in SMB 2 alone.
            self.request = self.request.following()
            self.response = self.response.following()
        case let chosen:
            self.chosen = chosen
            self.isRefused = response != nil && chosen == nil
            self.isFinished = true
        }
    }
}
