/// The reason why bytes are not a valid packet, and its place.
public struct WireError: Error, Hashable, Sendable {
    /// The problem of the field.
    public enum Reason: Hashable, Sendable {
        /// The field needs more bytes than the packet has left.
        case truncated(needed: Int, remaining: Int)
        /// A value that the field may not have.
        case invalid(Int, expected: String)
        /// The field is longer than the protocol allows, in bytes.
        case tooLong(Int, limit: Int)
        /// The packet continues after its last field.
        case trailingBytes(Int)
    }

    /// The invalid field, in the RFC's words: `"calling name"`.
    public var field: String

    /// The offset from the start of the packet, in bytes.
    public var offset: Int

    public var reason: Reason

    public init(_ reason: Reason, field: String, offset: Int) {
        self.field = field
        self.offset = offset
        self.reason = reason
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self.reason {
        case .truncated(let needed, let remaining):
            "\(self.field) at byte \(self.offset) needs \(needed) bytes; \(remaining) remain"
        case .invalid(let number, let expected):
            "\(self.field) at byte \(self.offset) is 0x\(String(number, radix: 16)); expected \(expected)"
        case .tooLong(let count, let limit):
            "\(self.field) at byte \(self.offset) is \(count) bytes; at most \(limit) are allowed"
        case .trailingBytes(let count):
            "\(count) bytes follow \(self.field), which ends at byte \(self.offset)"
        }
    }
}
