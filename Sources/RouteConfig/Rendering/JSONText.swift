import FoundationEssentials

/// Encodes and decodes the JSON of the router and its commands: UTF-8, with the members of objects sorted by name.
///
/// Characters that control a terminal are escaped, so that the text can be printed safely.
public enum JSONText {
    /// Returns one value over several lines: two spaces a level, one space after each colon, nothing within empty brackets.
    public static func of(_ value: some Encodable) throws -> String { self.laidOut(try self.line(value)) }

    /// Returns one value on one line without spaces, for streams of values.
    public static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return self.escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Decodes a value.
    public static func value<Value: Decodable>(_ type: Value.Type = Value.self, from text: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text))
    }

    /// Spreads JSON without spaces over lines.
    private static func laidOut(_ line: String) -> String {
        let bytes = Array(line.utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        var depth = 0
        var isInString = false
        var isEscaped = false
        func breakLine() {
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
        }
        for (index, byte) in bytes.enumerated() {
            guard !isInString else {
                text.append(byte)
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                text.append(byte)
                depth += 1
                // The closing bracket is two code points after its opening one, in ASCII.
                if bytes[index + 1] != byte + 2 { breakLine() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if bytes[index - 1] != byte - 2 { breakLine() }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                breakLine()
            case UInt8(ascii: ":"):
                text += ": ".utf8
            default:
                isInString = byte == UInt8(ascii: "\"")
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Escapes DEL, the C1 controls and Unicode's line separators, which the encoder leaves unescaped.
    ///
    /// They occur only inside strings.
    private static func escaped(_ text: String) -> String {
        // Fast path: nearly no text has one of their lead bytes.
        guard text.utf8.contains(where: { $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{7F}"..."\u{9F}": escaped += "\\u00" + String(scalar.value, radix: 16)
            case "\u{2028}", "\u{2029}": escaped += "\\u" + String(scalar.value, radix: 16)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
