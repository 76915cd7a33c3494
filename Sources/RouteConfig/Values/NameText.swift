import NetBIOS

/// Parses names, scopes and suffixes.
enum NameText {
    /// Parses a NetBIOS name of 1 to 15 bytes.
    static func name(_ text: String, suffix: Suffix) throws(Flaw) -> NetBIOSName {
        do {
            return try NetBIOSName(text, suffix: suffix)
        } catch {
            switch error {
            case .empty: throw Flaw(.name(.empty))
            case .reserved: throw Flaw(.name(.reserved))
            case .surroundingSpace: throw Flaw(.name(.surroundingSpace))
            case .tooLong:
                let limit = NetBIOSName.maximumTextLength
                throw Flaw(.name(.tooLong(text)), part: text.codePoints(fromByte: limit, toEnd: true))
            case .character(_, let offset):
                throw Flaw(.name(.character(text.character(atByte: offset))), part: text.codePoints(fromByte: offset))
            }
        }
    }

    /// Parses a scope of dotted labels.
    static func scope(_ text: String) throws(Flaw) -> Scope {
        do {
            return try Scope(text)
        } catch {
            switch error {
            case .emptyLabel(let offset):
                throw Flaw(.scope(.labelEmpty), part: text.codePoints(fromByte: min(offset, text.utf8.count - 1)))
            case .labelTooLong(let bytes, let offset):
                let start = offset + Scope.maximumLabelLength
                throw Flaw(.scope(.labelTooLong(bytes: bytes)), part: start..<(offset + bytes))
            case .character(_, let offset):
                throw Flaw(.scope(.character(text.character(atByte: offset))), part: text.codePoints(fromByte: offset))
            case .tooLong(let bytes):
                throw Flaw(.scope(.tooLong(bytes: bytes)), part: Scope.maximumTextLength..<bytes)
            }
        }
    }

    /// Parses a suffix: `0x` and one or two hexadecimal digits.
    static func suffix(_ text: String) throws(Flaw) -> Suffix {
        if text.hasPrefix("0x") || text.hasPrefix("0X"), let suffix = self.digits(text.dropFirst(2)) { return suffix }
        throw Flaw(.suffix(text, meant: self.meantSuffix(text)))
    }

    /// Returns the required form of `20`, `<20>`, `#20` or `20h`.
    private static func meantSuffix(_ text: String) -> String? {
        let bare = text.filter { !"<>#hH".contains($0) }
        return self.digits(bare[...]).map { "0x\($0)" }
    }

    /// Parses one or two hexadecimal digits.
    private static func digits(_ text: Substring) -> Suffix? {
        guard (1...2).contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else { return nil }
        return UInt8(text, radix: 16).map(Suffix.init(rawValue:))
    }
}
