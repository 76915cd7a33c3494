import FoundationEssentials

/// The JSON of the router and its commands: UTF-8, the members of an object in the order of their names.
///
/// Characters that a terminal may obey are escaped, so that JSON can be shown as it is.
public enum JSONText {
    /// One value, over several lines.
    public static func of(_ value: some Encodable) throws -> String { try self.text(value, [.prettyPrinted]) }

    /// One value, on one line.
    public static func line(_ value: some Encodable) throws -> String { try self.text(value, []) }

    /// The value of a text.
    public static func value<Value: Decodable>(_ type: Value.Type = Value.self, from text: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text))
    }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        return self.escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// The text with DEL, the C1 controls and Unicode's line ends as escapes, which the encoder leaves as they are.
    ///
    /// They stand within strings alone.
    private static func escaped(_ text: String) -> String {
        // Nearly every text has no byte that one of them begins with.
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
