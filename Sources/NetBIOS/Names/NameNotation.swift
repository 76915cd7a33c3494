extension QualifiedName {
    /// Parses a name in the notation of people: `XYKON-2`, `XYKON-2<20>` as in nbtstat, or `XYKON-2#20` as in Samba.
    ///
    /// The default suffix is `suffix`. `*SMBSERVER` and blanks are accepted, since clients call them.
    ///
    /// - Throws: ``InvalidNameNotation`` with the invalid part.
    public init(notation text: String, suffix: Suffix = .fileServer, scope: Scope = .none) throws(InvalidNameNotation) {
        var name = Substring(text)
        var suffix = suffix
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            suffix = try Suffix(hexadecimal: text[text.index(after: open)...].dropLast())
            name = text[..<open]
        } else if let hash = text.lastIndex(of: "#") {
            suffix = try Suffix(hexadecimal: text[text.index(after: hash)...])
            name = text[..<hash]
        }
        if let special = NetBIOSName(calledByAddress: String(name), suffix: suffix) {
            self.init(special, scope: scope)
        } else {
            do throws(InvalidName) {
                self.init(try NetBIOSName(String(name), suffix: suffix), scope: scope)
            } catch {
                throw .name(error)
            }
        }
    }
}

/// The reason why a text is not a name in this notation.
public enum InvalidNameNotation: Error, Hashable, Sendable {
    /// The text before the suffix is not a name.
    case name(InvalidName)
    /// The suffix is not one or two hexadecimal digits.
    case suffix(String)
}

extension Suffix {
    /// Parses one or two hexadecimal digits.
    fileprivate init(hexadecimal text: some StringProtocol) throws(InvalidNameNotation) {
        guard (1...2).contains(text.utf8.count), text.first != "+", let number = UInt8(text, radix: 16) else {
            throw .suffix(String(text))
        }
        self.init(rawValue: number)
    }
}
