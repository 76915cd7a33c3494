extension QualifiedName {
    /// A name as people write it: `XYKON-2`, `XYKON-2<20>` as nbtstat does, or `XYKON-2#20` as Samba does.
    ///
    /// Without a suffix it is `suffix`. `*SMBSERVER` and blanks may be written too, since clients call them.
    ///
    /// - Throws: ``InvalidNameNotation``, which says whether the name or the suffix is wrong.
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

/// Why some text is not a name as people write it.
public enum InvalidNameNotation: Error, Hashable, Sendable {
    /// What stands before the suffix is not the text of a name.
    case name(InvalidName)
    /// What stands as the suffix is not one or two hexadecimal digits.
    case suffix(String)
}

extension Suffix {
    /// One or two hexadecimal digits.
    fileprivate init(hexadecimal text: some StringProtocol) throws(InvalidNameNotation) {
        guard (1...2).contains(text.utf8.count), text.first != "+", let number = UInt8(text, radix: 16) else {
            throw .suffix(String(text))
        }
        self.init(rawValue: number)
    }
}
