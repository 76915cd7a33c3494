import NetBIOS

/// Parses addresses of the router and its clients.
enum AddressText {
    /// Parses the IPv4 address of one host; also `0.0.0.0` if `allowsAny`.
    static func address(_ text: String, allowsAny: Bool = false) throws(Flaw) -> IPv4Address {
        guard let address = IPv4Address(text) else { throw Flaw(.address(text, self.flaw(text))) }
        switch address.rawValue >> 24 {
        case 0 where address != .any: throw Flaw(.address(text, .noHost("an address of network 0")))
        case 0 where !allowsAny: throw Flaw(.address(text, .noHost("every address of this machine")))
        case 224...239: throw Flaw(.address(text, .noHost("a multicast address")))
        case 240...255:
            throw Flaw(
                .address(text, .noHost(address == .limitedBroadcast ? "the broadcast address" : "a reserved address"))
            )
        default: return address
        }
    }

    /// Returns the reason why a text is not an IPv4 address.
    private static func flaw(_ text: String) -> AddressFlaw {
        if let slash = text.firstIndex(of: "/"), IPv4Address(text[..<slash]) != nil {
            return .hasPrefix(address: String(text[..<slash]))
        }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
        return IPv6Text.groups(bare) == nil ? .notIPv4 : .ipv6
    }

    /// Parses a network with a prefix, or an address as a network of one. Bits after the prefix are dropped.
    static func network(_ text: String) throws(Flaw) -> IPv4Network {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPv4Address(first) else { throw Flaw(.network(text, meant: nil)) }
        let prefix = parts.count == 1 ? 32 : NumberText.number(parts[1])
        guard let prefix, let network = IPv4Network(containing: address, prefixLength: prefix) else {
            throw Flaw(.network(text, meant: self.meantNetwork(address, parts.last ?? "")))
        }
        return network
    }

    /// Returns a warning about a network with bits after the prefix.
    static func hostBits(_ text: String, _ network: IPv4Network) -> ValueProblem? {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), IPv4Address(text[..<slash]) != network.address
        else { return nil }
        return .networkHostBits(text, meant: "\(network)")
    }

    /// Returns a network with a mask such as `255.255.255.0` in prefix notation.
    private static func meantNetwork(_ address: IPv4Address, _ mask: Substring) -> String? {
        guard let mask = IPv4Address(mask) else { return nil }
        let prefix = (~mask.rawValue).leadingZeroBitCount
        guard let network = IPv4Network(containing: address, prefixLength: prefix),
            mask.rawValue.nonzeroBitCount == prefix
        else { return nil }
        return "\(network)"
    }

    /// Parses the name of an interface, as Linux allows it, or the network of its address.
    static func interface(_ text: String) throws(Flaw) -> InterfaceSelector {
        if text.contains("/") || IPv4Address(text) != nil { return .network(try self.network(text)) }
        let isName =
            (1...15).contains(text.utf8.count) && text != "." && text != ".."
            && text.unicodeScalars.allSatisfy { $0 != ":" && $0.value > 0x20 && $0.value < 0x7F }
        guard isName else { throw Flaw(.interface(text)) }
        return .name(text)
    }

    /// Parses ADDRESS:PORT or [IPv6]:PORT.
    static func endpoint(_ text: String) throws(Flaw) -> MetricsEndpoint {
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            let isPort = (try? NumberText.port(text)) != nil
            let host = IPv4Address(text) == nil ? "127.0.0.1" : text
            throw Flaw(.address(text, .endpoint(example: isPort ? "127.0.0.1:\(text)" : "\(host):9137")))
        }
        let portText = String(text[text.index(after: colon)...])
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard IPv6Text.groups(host) != nil else { throw Flaw(.address(text, .endpoint(example: "[::1]:9137"))) }
        } else if IPv4Address(host) == nil {
            let isIPv6 = IPv6Text.groups(text) != nil
            let example = isIPv6 ? "[\(text)]:9137" : host.isEmpty ? "0.0.0.0:\(portText)" : "127.0.0.1:\(portText)"
            throw Flaw(.address(text, .endpoint(example: example)))
        }
        guard let port = try? NumberText.port(portText) else {
            let start = text[...colon].unicodeScalars.count
            throw Flaw(.port(portText), part: portText.isEmpty ? nil : start..<text.unicodeScalars.count)
        }
        return MetricsEndpoint(host: String(host), port: port)
    }

    /// Parses the absolute path of a socket.
    static func socketPath(_ text: String) throws(Flaw) -> String {
        guard text.hasPrefix("/") else { throw Flaw(.path(.relative(text))) }
        guard !text.utf8.contains(0) else { throw Flaw(.path(.character)) }
        guard text.utf8.count <= PathFlaw.maximumLength else { throw Flaw(.path(.tooLong(bytes: text.utf8.count))) }
        return text
    }
}
