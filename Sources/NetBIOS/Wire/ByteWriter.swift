/// Encodes a packet front to back. Numbers are big-endian, as in all of RFC 1002.
public struct ByteWriter {
    /// The bytes written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends one byte.
    public mutating func write(_ byte: UInt8) {
        self.bytes.append(byte)
    }

    /// Appends bytes.
    public mutating func write(_ bytes: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: bytes)
    }

    /// Appends two bytes.
    public mutating func write(_ number: UInt16) {
        self.bytes.append(UInt8(number >> 8))
        self.bytes.append(UInt8(number & 0xFF))
    }

    /// Appends four bytes.
    public mutating func write(_ number: UInt32) {
        self.write(UInt16(number >> 16))
        self.write(UInt16(truncatingIfNeeded: number))
    }
}
