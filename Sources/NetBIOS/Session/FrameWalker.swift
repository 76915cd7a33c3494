/// Follows the session packets in one direction of an established session, in the bytes as they arrive.
///
/// It never holds a byte back and never waits for a whole frame: all it remembers is how many bytes of the current frame
/// are still to come, and the part of a header that a read cut off. A header's first byte decides over all of it, so even
/// a header in two reads is passed on as it comes. Lengths have 24 bits, see ``SessionPacketHeader``.
public struct FrameWalker: Sendable {
    /// What to do with a read.
    public enum Verdict: Hashable, Sendable {
        /// All of it is to be passed on.
        case forwardAll
        /// Only these stretches are to be passed on, in order; the rest were keep-alives.
        case forward([Range<Int>])
        /// These stretches are to be passed on, then the session ends: what follows is no packet of a session.
        case violation([Range<Int>], type: UInt8)
    }

    /// Whether keep-alives are cut out rather than passed on.
    public let dropsKeepAlives: Bool

    /// Bytes of the current frame's payload that have not come yet.
    // In 32 bits or less, like all that each session keeps.
    private var payloadLeft: UInt32 = 0
    /// Bytes of the current header that have come, 0 to 3.
    private var headerCount: UInt8 = 0
    /// The length as far as the header has come.
    private var headerLength: UInt32 = 0
    /// Whether the current frame is a keep-alive that is cut out.
    private var dropping = false
    /// Whether a violation was seen: nothing more is passed on.
    private var ended = false

    public init(dropsKeepAlives: Bool) {
        self.dropsKeepAlives = dropsKeepAlives
    }

    /// Whether the direction may end here: between two frames, not in the midst of one.
    public var isBetweenFrames: Bool { self.payloadLeft == 0 && self.headerCount == 0 }

    /// Follows the next bytes of the stream.
    public mutating func walk(_ bytes: RawSpan) -> Verdict {
        guard !self.ended else { return .forward([]) }
        var kept: [Range<Int>] = []
        // A read may begin in the midst of a keep-alive that is being cut out.
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
