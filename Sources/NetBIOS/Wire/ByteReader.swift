/// Reads a packet front to back, and names the field it could not read.
///
/// Never reads past the end and never allocates by a length that the packet claims.
public struct ByteReader {
    /// The whole packet, for pointers that reach back into it.
    let bytes: [UInt8]

    /// Bytes from the start of the packet to the next read.
    public internal(set) var offset: Int

    public init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Bytes that have not been read yet.
    public var remaining: Int { self.bytes.count - self.offset }

    /// The next byte.
    public mutating func readByte(_ field: String) throws(WireError) -> UInt8 {
        try self.require(1, field)
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    /// The next two bytes, big-endian.
    public mutating func readUInt16(_ field: String) throws(WireError) -> UInt16 {
        try self.require(2, field)
        defer { self.offset += 2 }
        return UInt16(self.bytes[self.offset]) << 8 | UInt16(self.bytes[self.offset + 1])
    }

    /// The next four bytes, big-endian.
    public mutating func readUInt32(_ field: String) throws(WireError) -> UInt32 {
        let high = try self.readUInt16(field)
        let low = try self.readUInt16(field)
        return UInt32(high) << 16 | UInt32(low)
    }

    /// The next `count` bytes, not copied.
    public mutating func readBytes(_ count: Int, _ field: String) throws(WireError) -> ArraySlice<UInt8> {
        try self.require(count, field)
        defer { self.offset += count }
        return self.bytes[self.offset..<self.offset + count]
    }

    /// Checks that nothing follows the field just read.
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
