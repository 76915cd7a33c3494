extension UInt8 {
    /// The upper-case letter of an ASCII letter; any other byte as it is.
    var asciiUppercased: UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) ? self - 0x20 : self
    }
}

extension Sequence<UInt8> {
    /// Text that is safe to print: bytes that are not printable ASCII, and the backslash, are written `\xNN`.
    var escapedText: String { String(decoding: self.escaped, as: UTF8.self) }

    /// The bytes of ``escapedText``.
    var escaped: [UInt8] {
        var text: [UInt8] = []
        // With room for what is put behind it.
        text.reserveCapacity(self.underestimatedCount + 8)
        for byte in self {
            if (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\") {
                text.append(byte)
            } else {
                let digits = String(byte, radix: 16)
                text += (digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)").utf8
            }
        }
        return text
    }
}
