/// Collects the first bytes of the next message in a stream of session packets, skipping keep-alives.
public struct MessagePrefix: Sendable {
    /// The number of bytes kept: enough for the dialects of any client.
    static let limit = 1024

    private var header: [UInt8] = []
    private var prefix: [UInt8] = []
    private var payloadLeft = 0
    private var isDelivered = false
    private var isSkipping = false

    public init() {}

    /// Processes the next bytes of the stream.
    ///
    /// - Returns: The first bytes of the message, once, when they are complete.
    public mutating func next(_ bytes: RawSpan) -> [UInt8]? {
        var offset = 0
        while offset < bytes.byteCount {
            if self.isSkipping {
                let step = min(self.payloadLeft, bytes.byteCount - offset)
                self.payloadLeft -= step
                offset += step
                self.isSkipping = self.payloadLeft > 0
                continue
            }
            if self.isDelivered { return nil }
            let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            offset += 1
            if self.header.count < SessionPacketHeader.length {
                self.header.append(byte)
                guard self.header.count == SessionPacketHeader.length else { continue }
                self.payloadLeft = Int(self.header[1]) << 16 | Int(self.header[2]) << 8 | Int(self.header[3])
                let isMessage = self.header[0] == SessionPacketType.message.rawValue
                if !isMessage || self.payloadLeft == 0 {
                    self.header = []
                    self.isSkipping = self.payloadLeft > 0
                }
                continue
            }
            self.prefix.append(byte)
            self.payloadLeft -= 1
            if self.payloadLeft == 0 || self.prefix.count == Self.limit {
                self.isDelivered = true
                self.isSkipping = self.payloadLeft > 0
                return self.prefix
            }
        }
        return nil
    }

    /// Returns a collector for the following message, at the same offset of the stream.
    func following() -> MessagePrefix {
        var next = MessagePrefix()
        next.payloadLeft = self.payloadLeft
        next.isSkipping = self.isSkipping
        return next
    }
}
