extension UInt8 {
    /// The byte with ASCII letters in upper case.
    var asciiUppercased: UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) ? self - 0x20 : self
    }
}

extension Sequence<UInt8> {
    /// The bytes as printable text: non-printable bytes and the backslash become `\xNN`.
    var escapedText: String { String(decoding: self.escaped, as: UTF8.self) }

    /// The bytes of ``escapedText``.
    var escaped: [UInt8] {
        var text: [UInt8] = []
        // With room for a suffix.
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
