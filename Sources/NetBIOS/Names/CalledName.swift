/// What clients call that do not know, or do not say, a name of their server.
extension NetBIOSName {
    /// Whether a client calls this that knows only an address: `*SMBSERVER` and `*SMBSERV`, blanks, or `address` as text.
    ///
    /// Windows calls the first two, Samba's client the other two, for a host name over 15 bytes and for an address.
    public func isCallByAddress(to address: IPv4Address) -> Bool {
        let text = self.textBytes.map(\.asciiUppercased)
        return text.isEmpty || text.starts(with: "*SMBSERV".utf8) || text.elementsEqual("\(address)".utf8)
    }

    /// What stands before the first dot, with the same suffix; `nil` for a name without one, or with nothing before it.
    ///
    /// Clients that are given a DNS name call the first fifteen bytes of it.
    public var firstLabel: NetBIOSName? {
        let text = self.textBytes
        guard let dot = text.firstIndex(of: UInt8(ascii: ".")), dot > 0 else { return nil }
        var bytes = self.bytes
        for index in dot..<Self.maximumTextLength { bytes[index] = UInt8(ascii: " ") }
        return NetBIOSName(bytes: bytes)
    }
}
