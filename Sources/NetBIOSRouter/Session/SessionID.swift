/// Identifies a session in the log and on the control socket: eight hexadecimal digits, counted up from a random start.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    /// Parses eight hexadecimal digits, as in log lines and `nbrouter sessions`.
    public init?(_ text: String) {
        guard text.utf8.count == 8, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16) else {
            return nil
        }
        self.init(rawValue: value)
    }

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public var description: String {
        let digits = String(self.rawValue, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
