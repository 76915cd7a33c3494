/// Parses the session packets in one direction of an established session, as bytes arrive.
///
/// Never delays a byte or waits for a complete frame: its state is the number of bytes left in the current frame, and a
/// partial header. The first byte of a header decides about the entire frame, so even a split header is forwarded as it
/// arrives. Lengths have 24 bits, see ``SessionPacketHeader``.
public struct FrameWalker: Sendable {
    /// The handling of a read.
    public enum Verdict: Hashable, Sendable {
        /// Forward all bytes.
        case forwardAll
        /// Forward only these ranges, in order; the rest were keep-alives.
        case forward([Range<Int>])
        /// Forward these ranges, then end the session: a packet that the protocol forbids follows.
        case violation([Range<Int>], type: UInt8)
    }

    /// Whether keep-alives are dropped instead of forwarded.
    public let dropsKeepAlives: Bool

    /// Bytes of the current frame's payload that are outstanding.
    // At most 32 bits, since each session has this state.
    private var payloadLeft: UInt32 = 0
    /// The number of received bytes of the current header, 0 to 3.
    private var headerCount: UInt8 = 0
    /// The length, as far as the header has arrived.
    private var headerLength: UInt32 = 0
    /// Whether the current frame is a keep-alive to drop.
    private var dropping = false
    /// Whether a violation was found: nothing more is forwarded.
    private var ended = false

    public init(dropsKeepAlives: Bool) {
        self.dropsKeepAlives = dropsKeepAlives
    }

    /// Whether the stream is between two frames, where it may end.
    public var isBetweenFrames: Bool { self.payloadLeft == 0 && self.headerCount == 0 }

    /// Parses the next bytes of the stream.
    public mutating func walk(_ bytes: RawSpan) -> Verdict {
        guard !self.ended else { return .forward([]) }
        var kept: [Range<Int>] = []
        // A read may begin within a keep-alive to drop.
        var keptFrom: Int? = self.dropping && !self.isBetweenFrames ? nil : 0
        var offset = 0
        let end = bytes.byteCount
        while offset < end {
            if self.payloadLeft > 0 {
                let step = min(Int(self.payloadLeft), end - offset)
                self.payloadLeft -= UInt32(truncatingIfNeeded: step)
                offset += step
                continue
            }
            let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            if self.headerCount == 0 {
                let keeps: Bool
                switch byte {
                case SessionPacketType.message.rawValue: keeps = true
                case SessionPacketType.keepAlive.rawValue: keeps = !self.dropsKeepAlives
                default:
                    self.ended = true
                    if let start = keptFrom, start < offset { kept.append(start..<offset) }
                    return .violation(kept, type: byte)
                }
                if keeps {
                    keptFrom = keptFrom ?? offset
                } else if let start = keptFrom {
                    if start < offset { kept.append(start..<offset) }
                    keptFrom = nil
                }
                self.dropping = !keeps
                self.headerCount = 1
                self.headerLength = 0
            } else {
                self.headerLength = self.headerLength << 8 | UInt32(byte)
                self.headerCount += 1
                if self.headerCount == UInt8(SessionPacketHeader.length) {
                    self.payloadLeft = self.headerLength
                    self.headerCount = 0
                }
            }
            offset += 1
        }
        guard let start = keptFrom, start == 0, kept.isEmpty else {
            if let start = keptFrom, start < end { kept.append(start..<end) }
            return .forward(kept)
        }
        return .forwardAll
    }
}
