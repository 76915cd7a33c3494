/// Decodes a packet front to back, and reports the field that could not be read.
///
/// Never reads past the end, and never allocates by a length in the packet.
public struct ByteReader {
    /// The entire packet, for pointers that lead back into it.
    let bytes: [UInt8]

    /// The offset of the next read.
    public internal(set) var offset: Int

    public init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The number of unread bytes.
    public var remaining: Int { self.bytes.count - self.offset }

    /// Reads a byte.
    public mutating func readByte(_ field: String) throws(WireError) -> UInt8 {
        try self.require(1, field)
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    /// Reads two bytes, big-endian.
    public mutating func readUInt16(_ field: String) throws(WireError) -> UInt16 {
        try self.require(2, field)
        defer { self.offset += 2 }
        return UInt16(self.bytes[self.offset]) << 8 | UInt16(self.bytes[self.offset + 1])
    }

    /// Reads four bytes, big-endian.
    public mutating func readUInt32(_ field: String) throws(WireError) -> UInt32 {
        let high = try self.readUInt16(field)
        let low = try self.readUInt16(field)
        return UInt32(high) << 16 | UInt32(low)
    }

    /// Reads `count` bytes without copying.
    public mutating func readBytes(_ count: Int, _ field: String) throws(WireError) -> ArraySlice<UInt8> {
        try self.require(count, field)
        defer { self.offset += count }
        return self.bytes[self.offset..<self.offset + count]
    }

    /// Checks that nothing follows the last field.
    public func expectEnd(after field: String) throws(WireError) {
        guard self.remaining == 0 else {
            throw WireError(.trailingBytes(self.remaining), field: field, offset: self.offset)
        }
    }

    private func require(_ count: Int, _ field: String) throws(WireError) {
        guard count <= self.remaining else {
            throw WireError(
                .truncated(needed: count, remaining: self.remaining),
                field: field,
                offset: self.offset
            )
        }
    }
}
