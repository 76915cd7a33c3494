import NetBIOS

/// Parses backends: HOST, HOST:PORT, [IPv6]:PORT or a bare IPv6 address.
enum HostText {
    /// The maximum length of a host name, in bytes (RFC 1123 §2.1, RFC 1035 §2.3.4).
    static let maximumLength = 253
    /// The maximum length of a label, in bytes.
    static let maximumLabelLength = 63

    /// Parses a backend; the port is ``Backend/defaultPort`` if none is written.
    static func backend(_ text: String) throws(Flaw) -> Backend {
        guard !text.isEmpty else { throw Flaw(.host(text, .empty)) }
        if let flaw = self.decoration(text) { throw Flaw(.host(text, flaw)) }
        let (host, portText) = self.split(text)
        var port = Backend.defaultPort
        if let portText {
            do {
                port = try NumberText.port(String(portText))
            } catch {
                let start = text[..<portText.startIndex].unicodeScalars.count
                let part = portText.isEmpty ? start - 1..<start : start..<start + portText.unicodeScalars.count
                throw Flaw(error.problem, part: part)
            }
        }
        try self.check(host, in: text)
        return Backend(host: String(host), port: port)
    }

    /// Returns the host without brackets, and the text after the port's colon.
    private static func split(_ text: String) -> (host: Substring, port: Substring?) {
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            let host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            if rest.isEmpty { return (host, nil) }
            // Without a colon the whole text is an invalid host, which `check` reports.
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : (text[...], nil)
        }
        guard let colon = text.firstIndex(of: ":"), text[text.index(after: colon)...].firstIndex(of: ":") == nil else {
            return (text[...], nil)
        }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    /// Throws if `host`, a part of `text`, is neither an address nor a name.
    private static func check(_ host: Substring, in text: String) throws(Flaw) {
        guard !host.isEmpty else { throw Flaw(.host(text, .empty)) }
        if let address = IPv4Address(host) {
            guard address != .any else { throw Flaw(.host(text, .unspecified)) }
            return
        }
        if host.contains(":") {
            let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            let hasZone = parts.count < 2 || !parts[1].isEmpty && parts[1].utf8.allSatisfy(self.isNameByte)
            guard let groups = IPv6Text.groups(parts[0]), hasZone else { throw Flaw(.host(text, .notIPv6)) }
            guard groups.contains(where: { $0 != 0 }) else { throw Flaw(.host(text, .unspecified)) }
            return
        }
        try self.checkName(host, in: text)
    }

    /// Checks a name by RFC 1123 §2.1, with underscores, which Windows allows, and an optional final dot.
    private static func checkName(_ host: Substring, in text: String) throws(Flaw) {
        var scalars = 0
        let start = text[..<host.startIndex].unicodeScalars.count
        for scalar in host.unicodeScalars {
            guard scalar.isASCII, scalar == "." || self.isNameByte(UInt8(scalar.value)) else {
                throw Flaw(.host(text, .character(scalar)), part: start + scalars..<start + scalars + 1)
            }
            scalars += 1
        }
        let name = host.hasSuffix(".") ? host.dropLast() : host
        guard name.utf8.count <= self.maximumLength else { throw Flaw(.host(text, .tooLong(bytes: name.utf8.count))) }
        var offset = start
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for label in labels {
            guard !label.isEmpty else { throw Flaw(.host(text, .labelEmpty), part: offset..<offset + 1) }
            guard label.utf8.count <= self.maximumLabelLength else {
                throw Flaw(
                    .host(text, .labelTooLong(bytes: label.utf8.count)),
                    part: offset..<offset + label.utf8.count
                )
            }
            if label.hasPrefix("-") { throw Flaw(.host(text, .hyphen), part: offset..<offset + 1) }
            offset += label.utf8.count
            if label.hasSuffix("-") { throw Flaw(.host(text, .hyphen), part: offset - 1..<offset) }
            offset += 1
        }
        // A name with a numeric last label is a mistyped address (RFC 1123 §2.1).
        if let last = labels.last, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw Flaw(.host(text, .almostIPv4))
        }
    }

    /// Whether the byte is a letter, a digit, `-` or `_`.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Returns the flaw of a URL, a UNC path or a list of hosts.
    private static func decoration(_ text: String) -> HostFlaw? {
        let bytes = text.utf8
        if bytes.contains(UInt8(ascii: ",")) || bytes.contains(UInt8(ascii: " ")) { return .several }
        guard bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: "\\")) else { return nil }
        let host = text.split { $0 == "/" || $0 == "\\" }.first { !$0.hasSuffix(":") }
        return .decorated(host: host.map(String.init) ?? "HOST")
    }
}
