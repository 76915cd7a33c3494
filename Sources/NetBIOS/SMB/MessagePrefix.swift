/// Collects the beginning of the next message of a stream of session packets. Keep-alives and empty messages are passed over.
///
/// ```text
///         ┌──── keep-alive, empty ────┐
///         ▼                           │
/// header(of 4 bytes) ──────▶ skipping ┘◀──(the rest)── delivered
///         └──message──▶ collecting ──limit, end──────────▲
/// ```
/// After ``packetLimit`` packets without a message it is ``isExhausted``. Nothing is allocated but the prefix.
public struct MessagePrefix: Sendable {
    /// The number of bytes kept: enough for the dialects of any client.
    static let limit = 1024
    /// Packets that are passed over at most, messages that another one follows included.
    static let packetLimit = 64

    private var phase = Phase.header
    /// The header as far as it has come, and the number of its bytes.
    private var header: UInt32 = 0
    private var headerCount = 0
    /// Bytes of the current packet's payload that have not come.
    private var payloadLeft = 0
    private var prefix: [UInt8] = []
    private var passedCount = 0
    private var isDelivered = false

    private enum Phase: Hashable {
        case header
        case collecting
        /// The rest of a packet is passed over.
        case skipping
        /// Nothing more is looked at.
        case ended
    }

    public init() {}

    /// Whether no message came in as many packets as are looked at.
    public var isExhausted: Bool { self.phase == .ended && !self.isDelivered }

    /// Takes the next bytes of the stream.
    ///
    /// - Returns: The first bytes of the message, once, when they are complete.
    public mutating func next(_ bytes: RawSpan) -> [UInt8]? {
        var offset = 0
        while offset < bytes.byteCount {
            switch self.phase {
            case .ended: return nil
            case .header:
                self.add(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                offset += 1
            case .skipping:
                let step = min(self.payloadLeft, bytes.byteCount - offset)
                offset += step
                self.payloadLeft -= step
                if self.payloadLeft == 0 { self.packetEnded() }
            case .collecting:
                let step = min(self.payloadLeft, Self.limit - self.prefix.count, bytes.byteCount - offset)
                bytes.extracting(offset..<offset + step).withUnsafeBytes { self.prefix += $0 }
                offset += step
                self.payloadLeft -= step
                if self.payloadLeft == 0 || self.prefix.count == Self.limit {
                    self.isDelivered = true
                    self.phase = self.payloadLeft > 0 ? .skipping : .ended
                    return self.prefix
                }
            }
        }
        return nil
    }

    private mutating func add(_ byte: UInt8) {
        self.header = self.header << 8 | UInt32(byte)
        self.headerCount += 1
        guard self.headerCount == SessionPacketHeader.length else { return }
        self.headerCount = 0
        self.payloadLeft = Int(self.header & 0xFF_FFFF)
        let isMessage = self.header >> 24 == UInt32(SessionPacketType.message.rawValue)
        if self.payloadLeft == 0 {
            self.packetEnded()
        } else {
            self.phase = isMessage ? .collecting : .skipping
        }
    }

    /// A packet was passed over, or the rest of the message.
    private mutating func packetEnded() {
        self.passedCount += 1
        self.phase = self.isDelivered || self.passedCount >= Self.packetLimit ? .ended : .header
    }

    /// The same place in the stream, for the message that follows.
    func following() -> MessagePrefix {
        var next = MessagePrefix()
        next.payloadLeft = self.payloadLeft
        next.passedCount = self.passedCount + 1
        if next.passedCount >= Self.packetLimit {
            next.phase = .ended
        } else if self.payloadLeft > 0 {
            next.phase = .skipping
        }
        return next
    }
}
