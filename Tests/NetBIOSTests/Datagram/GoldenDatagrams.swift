@testable import NetBIOS

/// Datagrams of the browser service.
enum GoldenDatagrams {
    /// Sent by a real nmbd 4.17: BOXCLI, at 10.78.0.1, to the browsers of LABGROUP.
    static let hostAnnouncement =
        hex(
            """
            11 0A 40C6 0A4E0001 008A 00CA 0000  ; direct group; first, M node; id; source; length, offset
            20 45434550 46494544 454D454A 43414341 43414341 43414341 43414341 43414141 00  ; BOXCLI<00>
            20 454D4542 45434548 46434550 46464641 43414341 43414341 43414341 4341424E 00  ; LABGROUP<1d>
            """
        ) + hostAnnouncementMessage

    /// The SMB message in it.
    static let hostAnnouncementMessage =
        hex(
            """
            FF534D42 25                                   ; SMB_COM_TRANSACTION
            00000000 00 0000 0000 0000000000000000 0000   ; status, flags, process, signature
            0000 0000 0000 0000                           ; tree, process, user, multiplex
            11                                            ; 17 words
            0000 3000 0000 0000 00 00 0000 00000000 0000  ; counts, flags, time-out
            0000 0000 3000 5600 03 00                     ; no parameters; 48 bytes of data at 86; 3 words of setup
            0100 0100 0200                                ; write, priority, class
            4100                                          ; ByteCount
            5C4D41494C534C4F545C42524F57534500            ; MAILSLOT, BROWSE
            """
        ) + hostAnnouncementFrame

    /// The browser frame in it.
    static let hostAnnouncementFrame = hex(
        """
        01 00 60EA0000                                ; HostAnnouncement, every minute
        424F58434C49 00000000000000000000             ; BOXCLI
        06 01 039A8000 0F 01 55AA                     ; version, type, version, signature
        54686520424F58434C4920686F737400              ; The BOXCLI host
        """
    )

    /// An announcement request of a master browser of LABGROUP that has just started.
    static let announcementRequest = datagram(to: "LABGROUP", 0x00, requestMessage)

    /// The SMB message in it.
    static let requestMessage = message(#"\MAILSLOT\BROWSE"#, [0x02, 0x00] + Array("MASTER".utf8) + [0])

    /// A datagram of another host of the network, MASTER at 192.0.2.66.
    static func datagram(to name: String, _ suffix: UInt8, scope: [UInt8] = [0], _ userData: [UInt8]) -> [UInt8] {
        let body = self.name("MASTER", 0x00, scope: scope) + self.name(name, suffix, scope: scope) + userData
        return [0x11, 0x0A, 0x12, 0x34, 192, 0, 2, 66, 0, 138, UInt8(body.count >> 8), UInt8(body.count & 0xFF), 0, 0]
            + body
    }

    /// A message to a mailslot, written anew from the bytes above.
    static func message(_ mailslot: String, _ data: [UInt8]) -> [UInt8] {
        var bytes = Array(self.hostAnnouncementMessage.prefix(69))
        let offset = 69 + mailslot.utf8.count + 1
        bytes[37] = UInt8(data.count)
        bytes[55] = UInt8(data.count)
        bytes[57] = UInt8(offset)
        bytes[67] = UInt8(mailslot.utf8.count + 1 + data.count)
        return bytes + Array(mailslot.utf8) + [0] + data
    }

    /// A name as it is on the wire; `scope` ends with its zero.
    static func name(_ text: String, _ suffix: UInt8, scope: [UInt8] = [0]) -> [UInt8] {
        var bytes = Array(text.utf8)
        bytes += Array(repeating: 0x20, count: 15 - bytes.count) + [suffix]
        return [0x20] + bytes.flatMap { [0x41 + $0 >> 4, 0x41 + $0 & 0x0F] } + scope
    }
}
