/// Fast path for the most frequent packet: a query for one name without a scope, in fifty bytes (RFC 1002 §4.2.12).
///
/// Decodes the packet and encodes its response without intermediate values. Any other packet is decoded by
/// ``NameServicePacket``, which reports errors.
struct PlainQuery {
    /// The datagram.
    private let bytes: [UInt8]
    /// QUESTION_NAME.
    let name: NetBIOSName

    /// The B bit.
    var isBroadcast: Bool { self.bytes[3] & 0x10 != 0 }

    /// Recognizes a query; `nil` for any other packet, valid or not.
    init?(_ bytes: [UInt8]) {
        // A request with OPCODE 0 and one question: a name of 32 letters without a scope, type NB, class IN.
        guard bytes.count == 50, bytes[2] & 0xF8 == 0, bytes[12] == 0x20, bytes[45] == 0 else { return nil }
        guard bytes[4] == 0, bytes[5] == 1, bytes[6] | bytes[7] | bytes[8] | bytes[9] | bytes[10] | bytes[11] == 0,
            bytes[46] == 0, bytes[47] == 0x20, bytes[48] == 0, bytes[49] == 1
        else { return nil }
        var name = SIMD16<UInt8>()
        for index in 0..<16 {
            let high = bytes[13 + 2 * index] &- UInt8(ascii: "A"), low = bytes[14 + 2 * index] &- UInt8(ascii: "A")
            guard high | low < 16 else { return nil }
            name[index] = high << 4 | low
        }
        self.bytes = bytes
        self.name = NetBIOSName(bytes: name)
    }

    /// Encodes the positive response as ``NameServiceResponse`` does: 62 bytes.
    func answer(_ entry: AddressEntry, timeToLive: UInt32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.answerLength) { answer, count in
            func put(_ number: UInt32, at offset: Int) {
                for index in 0..<4 {
                    answer[offset + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index))
                }
            }
            let flags = UInt32(entry.nodeType.rawValue) | (entry.isGroup ? 0x8000 : 0)
            answer[0] = self.bytes[0]
            answer[1] = self.bytes[1]
            answer[2] = 0x85
            answer[3] = 0x80
            put(0x0000_0001, at: 4)
            put(0, at: 8)
            for offset in 12..<50 { answer[offset] = self.bytes[offset] }
            put(timeToLive, at: 50)
            put(6 << 16 | flags, at: 54)
            put(entry.address.rawValue, at: 58)
            count = Self.answerLength
        }
    }

    private static let answerLength = 62
}
