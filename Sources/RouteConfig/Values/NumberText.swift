/// Parses ports, counts, booleans and fixed words.
enum NumberText {
    /// Parses decimal digits without a leading zero, at most nine.
    static func number(_ text: some StringProtocol) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != 0x30
        else { return nil }
        return Int(text)
    }

    /// Parses a port from 1 to 65535.
    static func port(_ text: String) throws(Flaw) -> UInt16 {
        guard let number = self.number(text), let port = UInt16(exactly: number), port != 0 else {
            throw Flaw(.port(text))
        }
        return port
    }

    /// Parses a number from 1 to `maximum`.
    static func count(_ text: String, maximum: Int, orNone: Bool) throws(Flaw) -> Int {
        guard let number = self.number(text), (1...maximum).contains(number) else {
            let help: String? =
                switch text.lowercased() {
                case "0" where orNone: "for no limit write `none`; 0 would refuse every session"
                case "none", "unlimited", "infinite", "infinity", "off", "-1", "no":
                    orNone ? "for no limit write `none`" : nil
                default: nil
                }
            throw Flaw(
                .count(
                    text,
                    maximum: maximum,
                    help: help ?? "write digits alone" + (orNone ? ", or `none` for no limit" : "")
                )
            )
        }
        return number
    }

    /// Parses `true` or `false`.
    static func boolean(_ text: String) throws(Flaw) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default:
            let suggestion: String? =
                switch text.lowercased() {
                case "yes", "on", "y", "1", "true", "enabled": "true"
                case "no", "off", "n", "0", "false", "none", "disabled": "false"
                default: nil
                }
            throw Flaw(.choice(text, of: ["true", "false"], suggestion: suggestion))
        }
    }
}
