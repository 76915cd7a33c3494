extension Suffix {
    /// Returns a description of the service; `nil` if unknown.
    ///
    /// Microsoft's table of suffixes (Knowledge Base 163409; [MS-BRWS] §2.1.1.1 for browsing). Some have another
    /// meaning in group names.
    public func meaning(isGroup: Bool) -> String? {
        let meanings = isGroup ? Self.groupMeanings : Self.uniqueMeanings
        return meanings[self.rawValue]
    }

    /// The services of unique names.
    private static let uniqueMeanings: [UInt8: String] = [
        0x00: "workstation",
        0x01: "messenger",
        0x03: "messenger",
        0x06: "remote access server",
        0x1B: "domain master browser",
        0x1D: "local master browser",
        0x1F: "network DDE",
        0x20: "server",
        0x21: "remote access client",
        0x22: "Exchange connector",
        0x23: "Exchange store",
        0x24: "Exchange directory",
        0x2B: "Lotus Notes server",
        0x30: "modem sharing server",
        0x31: "modem sharing client",
        0x42: "virus scanner",
        0x43: "SMS remote control",
        0x44: "SMS administrator",
        0x45: "SMS remote chat",
        0x46: "SMS remote transfer",
        0x4C: "DEC Pathworks",
        0x52: "DEC Pathworks",
        0x6A: "Exchange mail connector",
        0x87: "Exchange mail transfer",
        0xBE: "network monitor agent",
        0xBF: "network monitor",
    ]

    /// The services of group names.
    private static let groupMeanings: [UInt8: String] = [
        0x00: "workgroup",
        0x01: "master browsers",
        0x1C: "domain controllers",
        0x1E: "browser elections",
        0x2F: "Lotus Notes",
        0x33: "Lotus Notes",
    ]
}
