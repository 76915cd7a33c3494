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

    /// Looks at bytes from the client, session packet headers and all.
    public mutating func receivedFromClient(_ bytes: RawSpan) {
        guard !self.isFinished, let message = self.request.next(bytes) else { return }
        self.offered = Self.dialectsOffered(in: message)
        if self.offered.isEmpty { self.isFinished = true }
    }

    /// Looks at bytes from the backend, session packet headers and all.
    public mutating func receivedFromBackend(_ bytes: RawSpan) {
        guard !self.isFinished, let message = self.response.next(bytes) else { return }
        switch Self.dialectChosen(in: message, of: self.offered) {
        case .smb2(.wildcard):
            // The client negotiates once more, in SMB 2 alone.
            self.request = self.request.following()
            self.response = self.response.following()
        case let chosen:
            self.chosen = chosen
            self.isFinished = true
        }
    }
}

/// An SMB dialect, as clients and servers name them.
public enum SMBDialect: Hashable, Sendable {
    /// A dialect string of SMB 1 and older, `NT LM 0.12`.
    case smb1(String)
    /// A revision number of SMB 2 and 3.
    case smb2(Revision)

    /// The revisions of [MS-SMB2] §2.2.4; another number is kept as it is.
    public struct Revision: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// 02FF: some revision of SMB 2, to be negotiated next.
        static let wildcard = Revision(rawValue: 0x02FF)
    }
}

extension SMBDialect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .smb1(let name): name
        case .smb2(let revision):
            switch revision.rawValue {
            case 0x0202: "SMB 2.0.2"
            case 0x0210: "SMB 2.1"
            case 0x0300: "SMB 3.0"
            case 0x0302: "SMB 3.0.2"
            case 0x0311: "SMB 3.1.1"
            default: "SMB 0x\(String(revision.rawValue, radix: 16))"
            }
        }
    }
}

// MARK: - The messages

extension NegotiateSniffer {
    private static let smb1 = [0xFF] + Array("SMB".utf8)
    private static let smb2 = [0xFE] + Array("SMB".utf8)
    private static let smb1HeaderLength = 32
    private static let smb2HeaderLength = 64
    /// SMB_COM_NEGOTIATE.
    private static let smb1Negotiate: UInt8 = 0x72

    private static func dialectsOffered(in message: [UInt8]) -> [SMBDialect] {
        if message.starts(with: self.smb1), message.count > self.smb1HeaderLength + 3, message[4] == self.smb1Negotiate
        {
            // No words, a byte count, then for each dialect 02, text, 00.
            return message[(self.smb1HeaderLength + 3)...].split(separator: 0).compactMap { entry in
                entry.first == 0x02 ? .smb1(entry.dropFirst().escapedText) : nil
            }
        }
        let body = self.smb2HeaderLength
        if message.starts(with: self.smb2), message.count >= body + 36, message.littleEndian(at: 12) == 0 {
            let count = Int(message.littleEndian(at: body + 2))
            return (0..<count).lazy.map { body + 36 + 2 * $0 }.prefix { $0 + 2 <= message.count }
                .map { .smb2(SMBDialect.Revision(rawValue: message.littleEndian(at: $0))) }
        }
        return []
    }

    private static func dialectChosen(in message: [UInt8], of offered: [SMBDialect]) -> SMBDialect? {
        if message.starts(with: self.smb1), message.count >= self.smb1HeaderLength + 3, message[4] == self.smb1Negotiate
        {
            let index = Int(message.littleEndian(at: self.smb1HeaderLength + 1))
            return message[self.smb1HeaderLength] > 0 && offered.indices.contains(index) ? offered[index] : nil
        }
        let body = self.smb2HeaderLength
        // A status other than 0 is an error response, which names no dialect.
        if message.starts(with: self.smb2), message.count >= body + 6, message[8..<12].allSatisfy({ $0 == 0 }),
            message.littleEndian(at: 12) == 0
        {
            return .smb2(SMBDialect.Revision(rawValue: message.littleEndian(at: body + 4)))
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate func littleEndian(at offset: Int) -> UInt16 {
        UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }
}

/// Collects the beginning of the next message of a stream of session packets. Keep-alives are passed over.
struct MessagePrefix: Sendable {
    /// Bytes of a message that are kept: enough for every dialect that any client offers.
    static let limit = 1024

    private var header: [UInt8] = []
    private var prefix: [UInt8] = []
    private var payloadLeft = 0
    private var isDelivered = false
    private var isSkipping = false

    /// Takes the next bytes of the stream.
    ///
    /// - Returns: The first bytes of the message, once, when they are all there.
    mutating func next(_ bytes: RawSpan) -> [UInt8]? {
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

    /// The same place in the stream, for the message that follows.
    func following() -> MessagePrefix {
        var next = MessagePrefix()
        next.payloadLeft = self.payloadLeft
        next.isSkipping = self.isSkipping
        return next
    }
}
