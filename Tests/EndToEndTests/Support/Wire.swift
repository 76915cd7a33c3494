/// NetBIOS packets as bytes, encoded independently from RFC 1002, so that errors of the router's encoder are detected.
enum Wire {
    /// A name, its suffix and its scope, second-level encoded (RFC 1001 §14.1, RFC 1002 §4.1).
    static func name(_ name: String, suffix: UInt8 = 0x20, scope: String = "") -> [UInt8] {
        let pad: UInt8 = name == "*" ? 0x00 : 0x20
        var plain = Array(name.utf8.prefix(15))
        plain += Array(repeating: pad, count: 15 - plain.count) + [name == "*" ? 0x00 : suffix]
        var bytes: [UInt8] = [0x20]
        for byte in plain { bytes += [UInt8(ascii: "A") + byte >> 4, UInt8(ascii: "A") + byte & 0x0F] }
        for label in scope.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return bytes + [0]
    }

    /// A 16-bit number in network order.
    static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
}

// MARK: Sessions (RFC 1002 §4.3)

extension Wire {
    /// Makes a packet header: its type and a length of up to 24 bits, as in direct SMB.
    static func header(_ type: UInt8, length: Int) -> [UInt8] {
        [type, UInt8(length >> 16 & 0xFF)] + self.word(length)
    }

    /// A session message with its payload.
    static func message(_ payload: [UInt8]) -> [UInt8] { self.header(0x00, length: payload.count) + payload }

    /// A session request.
    static func sessionRequest(
        _ called: String,
        suffix: UInt8 = 0x20,
        scope: String = "",
        calling: String = "OLDBOX"
    ) -> [UInt8] {
        let names = self.name(called, suffix: suffix, scope: scope) + self.name(calling, suffix: 0x00, scope: scope)
        return self.header(0x81, length: names.count) + names
    }

    static let positiveResponse: [UInt8] = [0x82, 0, 0, 0]
    static let keepAlive: [UInt8] = [0x85, 0, 0, 0]

    /// A negative session response with its code.
    static func negativeResponse(_ code: UInt8) -> [UInt8] { [0x83, 0, 0, 1, code] }
}

// MARK: Name service (RFC 1002 §4.2)

extension Wire {
    /// The 12 bytes before the body: transaction, flags, and the four counts.
    static func nameServiceHeader(_ id: Int, _ flags: Int, _ counts: [Int]) -> [UInt8] {
        ([id, flags] + counts).flatMap(self.word)
    }

    /// A query: of type NB (0x20), or NBSTAT (0x21) for a node's status.
    static func query(
        id: Int,
        _ name: String,
        suffix: UInt8 = 0x20,
        scope: String = "",
        type: Int = 0x20,
        class: Int = 1,
        broadcast: Bool = false
    ) -> [UInt8] {
        self.nameServiceHeader(id, broadcast ? 0x0110 : 0x0000, [1, 0, 0, 0])
            + self.name(name, suffix: suffix, scope: scope) + self.word(type) + self.word(`class`)
    }

    /// A request that carries a resource record beside its question: a registration (0x2910), a release (0x3010), ….
    static func recordRequest(
        id: Int,
        flags: Int,
        _ name: String,
        suffix: UInt8 = 0x20,
        scope: String = "",
        nameFlags: Int = 0,
        address: [UInt8],
        ttl: [UInt8] = [0, 0, 0, 0]
    ) -> [UInt8] {
        self.nameServiceHeader(id, flags, [1, 0, 0, 1]) + self.name(name, suffix: suffix, scope: scope)
            + self.word(0x20) + self.word(1) + self.word(0xC00C) + self.word(0x20) + self.word(1) + ttl
            + self.word(6) + self.word(nameFlags) + address
    }
}

// MARK: Datagrams to browsers (RFC 1002 §4.4, [MS-MAIL], [MS-BRWS])

extension Wire {
    /// A browser frame from STRANGER<00> at 10.77.0.3, in an SMB transaction to `\MAILSLOT\BROWSE`.
    static func browserDatagram(to name: String, _ suffix: UInt8, _ frame: [UInt8]) -> [UInt8] {
        func little(_ value: Int) -> [UInt8] { self.word(value).reversed() }
        let mailslot = Array(#"\MAILSLOT\BROWSE"#.utf8) + [0]
        let transaction =
            [0xFF] + Array("SMB".utf8) + [0x25] + [UInt8](repeating: 0, count: 27) + [17]
            + little(0) + little(frame.count) + [UInt8](repeating: 0, count: 18)
            + little(frame.count) + little(86) + little(3) + little(1) + little(1) + little(2)
            + little(mailslot.count + frame.count) + mailslot + frame
        let body = self.name("STRANGER", suffix: 0x00) + self.name(name, suffix: suffix) + transaction
        return [0x11, 0x0A] + self.word(0x0BAD) + [10, 77, 0, 3] + self.word(138) + self.word(body.count)
            + self.word(0) + body
    }
}
