/// Little-endian numbers, as in SMB and unlike in RFC 1002.
extension ByteReader {
    /// Reads two bytes, little-endian.
    mutating func readLittleEndianUInt16(_ field: String) throws(WireError) -> UInt16 {
        try self.readUInt16(field).byteSwapped
    }

    /// Reads four bytes, little-endian.
    mutating func readLittleEndianUInt32(_ field: String) throws(WireError) -> UInt32 {
        try self.readUInt32(field).byteSwapped
    }
}

extension ByteWriter {
    /// Appends two bytes, little-endian.
    mutating func writeLittleEndian(_ number: UInt16) {
        self.write(number.byteSwapped)
    }

    /// Appends four bytes, little-endian.
    mutating func writeLittleEndian(_ number: UInt32) {
        self.write(number.byteSwapped)
    }
}
