/// Called names of clients that do not know a name of their server.
extension NetBIOSName {
    /// Whether the name is that of a call by address: `*SMBSERVER`, `*SMBSERV`, blanks, or `address` as text.
    ///
    /// Windows uses the first two; Samba's client uses the others, for a host name over 15 bytes and for an address.
    public func isCallByAddress(to address: IPv4Address) -> Bool {
        let text = self.textBytes.map(\.asciiUppercased)
        return text.isEmpty || text.starts(with: "*SMBSERV".utf8) || text.elementsEqual("\(address)".utf8)
    }

    /// The text before the first dot, with the same suffix; `nil` without a dot or with nothing before it.
    ///
    /// Clients given a DNS name call its first fifteen bytes.
    public var firstLabel: NetBIOSName? {
        let text = self.textBytes
        guard let dot = text.firstIndex(of: UInt8(ascii: ".")), dot > 0 else { return nil }
        var bytes = self.bytes
        for index in dot..<Self.maximumTextLength { bytes[index] = UInt8(ascii: " ") }
        return NetBIOSName(bytes: bytes)
    }
}
