/// Parses the session packets in one direction of an established session, as bytes arrive.
///
/// Never delays a byte or waits for a complete frame: its state is the number of bytes left in the current frame, and a
/// partial header. The first byte of a header decides about the entire frame, so even a split header is forwarded as it
/// arrives. Lengths have 24 bits, see ``SessionPacketHeader``.
public struct FrameWalker: Sendable {
    /// The result of ``walk(_:)``.
    public struct Walk: Hashable, Sendable {
        /// The number of bytes to be passed on; they are the first ones of the read.
        public var count: Int
        /// The number of frames that began, which is the work of the walk.
        public var frameCount: Int
        /// The type of a packet that has no place in a session: the session ends after the bytes that are passed on.
        public var violation: UInt8?

        public init(count: Int = 0, frameCount: Int = 0, violation: UInt8? = nil) {
            self.count = count
            self.frameCount = frameCount
            self.violation = violation
        }
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

    /// Follows the next bytes of the stream, and moves those that are to be passed on to the front.
    ///
    /// Bytes move only after a keep-alive that was cut out.
    public mutating func walk(_ bytes: inout MutableRawSpan) -> Walk {
        guard !self.ended else { return Walk() }
        return bytes.withUnsafeMutableBytes { self.walk($0) }
    }

    private mutating func walk(_ bytes: UnsafeMutableRawBufferPointer) -> Walk {
        var walk = Walk()
        /// The beginning of the bytes that are passed on and have not been moved, unless the current frame is cut out.
        var start = 0
        var offset = 0
        while offset < bytes.count {
            if self.payloadLeft > 0 {
                let step = min(Int(self.payloadLeft), bytes.count - offset)
                self.payloadLeft -= UInt32(truncatingIfNeeded: step)
                offset += step
                continue
            }
            if self.headerCount > 0 {
                self.continueHeader(bytes[offset])
                offset += 1
                continue
            }
            let type = bytes[offset]
            guard type == SessionPacketType.message.rawValue || type == SessionPacketType.keepAlive.rawValue else {
                self.ended = true
                walk.violation = type
                break
            }
            let drops = self.dropsKeepAlives && type == SessionPacketType.keepAlive.rawValue
            if drops != self.dropping {
                if drops { walk.count += Self.move(start..<offset, of: bytes, to: walk.count) }
                start = offset
                self.dropping = drops
            }
            walk.frameCount += 1
            if bytes.count - offset >= SessionPacketHeader.length {
                self.payloadLeft =
                    UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8 | UInt32(bytes[offset + 3])
                offset += SessionPacketHeader.length
            } else {
                self.headerCount = 1
                self.headerLength = 0
                offset += 1
            }
        }
        if !self.dropping { walk.count += Self.move(start..<offset, of: bytes, to: walk.count) }
        // The next read may begin with a frame of either kind.
        if self.isBetweenFrames { self.dropping = false }
        return walk
    }

    private mutating func continueHeader(_ byte: UInt8) {
        self.headerLength = self.headerLength << 8 | UInt32(byte)
        self.headerCount += 1
        guard self.headerCount == UInt8(SessionPacketHeader.length) else { return }
        self.payloadLeft = self.headerLength
        self.headerCount = 0
    }

    /// Moves bytes towards the front.
    ///
    /// - Returns: Their number.
    private static func move(_ range: Range<Int>, of bytes: UnsafeMutableRawBufferPointer, to offset: Int) -> Int {
        if offset != range.lowerBound, let base = bytes.baseAddress {
            // The two may overlap.
            (base + offset).copyMemory(from: base + range.lowerBound, byteCount: range.count)
        }
        return range.count
    }
}
