import NetBIOS

/// Parses IPv6 addresses.
enum IPv6Text {
    /// Parses the eight groups of an address in any form of RFC 4291 §2.2; `nil` if the text is invalid.
    static func groups(_ text: some StringProtocol) -> [UInt16]? {
        guard (2...45).contains(text.utf8.count) else { return nil }
        let halves = self.halves(String(text))
        guard let head = self.list(halves.head, allowsIPv4: halves.tail == nil) else { return nil }
        guard let tailText = halves.tail else { return head.count == 8 ? head : nil }
        guard let tail = self.list(tailText, allowsIPv4: true), head.count + tail.count < 8 else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    /// Returns the IPv4 address of `::ffff:192.0.2.1`; `nil` for other addresses.
    static func mappedIPv4(_ groups: [UInt16]) -> IPv4Address? {
        guard groups.count == 8, groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF else { return nil }
        return IPv4Address(rawValue: UInt32(groups[6]) << 16 | UInt32(groups[7]))
    }

    /// Splits the text at the first `::`.
    private static func halves(_ text: String) -> (head: Substring, tail: Substring?) {
        var previous: String.Index?
        for index in text.indices {
            if text[index] == ":", let previous, text[previous] == ":" {
                return (text[..<previous], text[text.index(after: index)...])
            }
            previous = index
        }
        return (text[...], nil)
    }

    /// Parses groups between single colons; a final IPv4 address counts as two groups.
    private static func list(_ text: Substring, allowsIPv4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if allowsIPv4, index == parts.count - 1, let address = IPv4Address(part) {
                groups += [UInt16(address.rawValue >> 16), UInt16(address.rawValue & 0xFFFF)]
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }
}
