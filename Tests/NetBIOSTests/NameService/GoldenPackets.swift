import Testing

@testable import NetBIOS

/// A packet written out by hand from the RFC's diagrams, and what it means.
struct GoldenPacket: CustomTestStringConvertible {
    let title: String
    let bytes: [UInt8]
    let packet: NameServicePacket
    /// Whether we write the packet as these bytes, too; others may write it in more than one way.
    let isWritten: Bool

    var testDescription: String { self.title }

    private static func request(
        _ title: String,
        _ bytes: String,
        id: UInt16 = 0x1234,
        name: QualifiedName = .fileServer,
        isBroadcast: Bool = false,
        isWritten: Bool = true,
        _ operation: NameServiceRequest.Operation
    ) -> GoldenPacket {
        let request = NameServiceRequest(
            transactionID: id,
            name: name,
            isBroadcast: isBroadcast,
            operation: operation
        )
        return GoldenPacket(title: title, bytes: hex(bytes), packet: .request(request), isWritten: isWritten)
    }

    private static func response(
        _ title: String,
        _ bytes: String,
        name: QualifiedName = .fileServer,
        isWritten: Bool = true,
        _ answer: NameServiceResponse.Answer
    ) -> GoldenPacket {
        let response = NameServiceResponse(transactionID: 0x1234, name: name, answer: answer)
        return GoldenPacket(title: title, bytes: hex(bytes), packet: .response(response), isWritten: isWritten)
    }

    /// `FILESRV<20>`, its length before it and without its end.
    private static let fileServer = "20 4547 454A 454D 4546 4644 4643 4647 4341 4341 4341 4341 4341 4341 4341 4341 4341"
    private static let owner = AddressEntry(IPv4Address(192, 0, 2, 1))

    /// Every packet of RFC 1002 §4.2, and how others write some of them.
    static let all = requests + responses
}

extension GoldenPacket {
    static let requests = [
        request(
            "name query request, broadcast",
            """
            1234 0110              ; id; RD, B
            0001 0000 0000 0000    ; one question
            \(fileServer) 00
            0020 0001              ; NB, IN
            """,
            isBroadcast: true,
            .query(recursionDesired: true)
        ),
        request(
            "name query request to a name server",
            """
            1234 0100              ; RD
            0001 0000 0000 0000
            \(fileServer) 00
            0020 0001
            """,
            .query(recursionDesired: true)
        ),
        request(
            "name query request to a node",
            """
            1234 0000
            0001 0000 0000 0000
            \(fileServer) 00
            0020 0001
            """,
            .query(recursionDesired: false)
        ),
        request(
            "name query request in a scope",
            """
            1234 0110
            0001 0000 0000 0000
            \(fileServer)
            07 6578 616D 706C 65   ; example
            03 636F 6D             ; com
            00
            0020 0001
            """,
            name: .scopedFileServer,
            isBroadcast: true,
            .query(recursionDesired: true)
        ),
        request(
            "node status request",
            """
            1234 0000
            0001 0000 0000 0000
            20 434B 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 00 ; * and zeros
            0021 0001              ; NBSTAT, IN
            """,
            name: .wildcard,
            .nodeStatus
        ),
        request(
            "node status request, broadcast",
            """
            1234 0010              ; B
            0001 0000 0000 0000
            \(fileServer) 00
            0021 0001
            """,
            isBroadcast: true,
            .nodeStatus
        ),
        request(
            "name registration request, broadcast",
            """
            1234 2910              ; opcode 5; RD, B
            0001 0000 0000 0001    ; one question, one additional record
            \(fileServer) 00
            0020 0001
            C00C 0020 0001         ; the same name, NB, IN
            0003 F480              ; TTL 259200
            0006 0000 C000 0201    ; unique, B node, 192.0.2.1
            """,
            isBroadcast: true,
            .registration(owner, timeToLive: 259_200)
        ),
        request(
            "name registration request of a group, to a name server",
            """
            1234 2900              ; opcode 5; RD
            0001 0000 0000 0001
            20 4648 4550 4643 454C 4548 4643 4550 4646 4641 4341 4341 4341 4341 4341 4341 4141 00 ; WORKGROUP<00>
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 E000 C000 0201    ; group, H node
            """,
            name: .workgroup,
            .registration(
                AddressEntry(IPv4Address(192, 0, 2, 1), isGroup: true, nodeType: .hybrid),
                timeToLive: 259_200
            )
        ),
        request(
            "name registration request that spells its name twice",
            """
            1234 2910
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            \(fileServer) 00
            0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            isBroadcast: true,
            isWritten: false,
            .registration(owner, timeToLive: 259_200)
        ),
        request(
            "name overwrite demand",
            """
            1234 2810              ; opcode 5; B
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            isBroadcast: true,
            .overwrite(owner, timeToLive: 259_200)
        ),
        request(
            "name overwrite request",
            """
            1234 2800              ; opcode 5
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 2000 C000 0201    ; P node
            """,
            .overwrite(AddressEntry(IPv4Address(192, 0, 2, 1), nodeType: .point), timeToLive: 259_200)
        ),
        request(
            "name refresh request",
            """
            1234 4000              ; opcode 8
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 4000 C000 0201    ; M node
            """,
            .refresh(AddressEntry(IPv4Address(192, 0, 2, 1), nodeType: .mixed), timeToLive: 259_200)
        ),
        request(
            "name refresh request with the RFC's opcode",
            """
            1234 4810              ; opcode 9; B
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            isBroadcast: true,
            isWritten: false,
            .refresh(owner, timeToLive: 259_200)
        ),
        request(
            "multihomed name registration request",
            """
            1234 7900              ; opcode 15; RD
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0003 F480
            0006 6000 C000 0201    ; H node
            """,
            .multihomedRegistration(
                AddressEntry(IPv4Address(192, 0, 2, 1), nodeType: .hybrid),
                timeToLive: 259_200
            )
        ),
        request(
            "name release demand",
            """
            1234 3010              ; opcode 6; B
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0000 0000              ; TTL 0
            0006 0000 C000 0201
            """,
            isBroadcast: true,
            .release(owner)
        ),
        request(
            "name release request",
            """
            1234 3000              ; opcode 6
            0001 0000 0000 0001
            \(fileServer) 00
            0020 0001
            C00C 0020 0001
            0000 0000
            0006 0000 C000 0201
            """,
            .release(owner)
        ),
    ]

    static let responses = [
        response(
            "positive name query response",
            """
            1234 8580              ; R; AA, RD, RA
            0000 0001 0000 0000    ; one answer
            \(fileServer) 00
            0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            .addresses([owner], timeToLive: 259_200)
        ),
        response(
            "positive name query response with two addresses, of a group",
            """
            1234 8580
            0000 0001 0000 0000
            20 4648 4550 4643 454C 4548 4643 4550 4646 4641 4341 4341 4341 4341 4341 4341 4141 00 ; WORKGROUP<00>
            0020 0001
            0003 F480
            000C                   ; 12 bytes
            8000 C000 0201
            A000 C000 0202         ; P node
            """,
            name: .workgroup,
            .addresses(
                [
                    AddressEntry(IPv4Address(192, 0, 2, 1), isGroup: true),
                    AddressEntry(IPv4Address(192, 0, 2, 2), isGroup: true, nodeType: .point),
                ],
                timeToLive: 259_200
            )
        ),
        response(
            "positive name query response of Windows XP",
            """
            1234 8500              ; R; AA, RD
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0004 93E0              ; TTL 300000
            0006 6000 C000 0201
            """,
            isWritten: false,
            .addresses([AddressEntry(IPv4Address(192, 0, 2, 1), nodeType: .hybrid)], timeToLive: 300_000)
        ),
        response(
            "positive name query response of macOS",
            """
            1234 8400              ; R; AA
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            isWritten: false,
            .addresses([owner], timeToLive: 259_200)
        ),
        response(
            "negative name query response",
            """
            1234 8583              ; R; AA, RD, RA; NAM_ERR
            0000 0001 0000 0000
            \(fileServer) 00
            000A 0001              ; NULL, IN
            0000 0000 0000
            """,
            .queryRefused(.nameUnknown)
        ),
        response(
            "negative name query response that counts no answer",
            """
            1234 8583
            0000 0000 0000 0000
            \(fileServer) 00
            000A 0001
            0000 0000 0000
            """,
            isWritten: false,
            .queryRefused(.nameUnknown)
        ),
        response(
            "redirect name query response",
            """
            1234 8100              ; R; RD
            0000 0000 0001 0001    ; one authority, one additional record
            \(fileServer) 00
            0002 0001 0000 0E10    ; NS, IN, TTL 3600
            0009 02 6E73 04 7465 7374 00   ; ns.test
            02 6E73 04 7465 7374 00
            0001 0001 0000 0E10    ; A, IN
            0004 C000 0235         ; 192.0.2.53
            """,
            .redirect(
                nameServer: Scope(labels: [Array("ns".utf8), Array("test".utf8)]),
                address: IPv4Address(192, 0, 2, 53),
                timeToLive: 3600
            )
        ),
        response(
            "redirect name query response that points at its name",
            """
            1234 8100
            0000 0000 0001 0001
            \(fileServer) 00
            0002 0001 0000 0E10
            0009 02 6E73 04 7465 7374 00
            C038                   ; byte 56, ns.test
            0001 0001 0000 0E10
            0004 C000 0235
            """,
            isWritten: false,
            .redirect(
                nameServer: Scope(labels: [Array("ns".utf8), Array("test".utf8)]),
                address: IPv4Address(192, 0, 2, 53),
                timeToLive: 3600
            )
        ),
        response(
            "wait for acknowledgement response",
            """
            1234 BC00              ; R; opcode 7; AA
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0000 000F              ; 15 seconds
            0002 2900              ; the word of the registration
            """,
            .wait(seconds: 15, requestWord: 0x2900)
        ),
        response(
            "node status response",
            """
            1234 8400              ; R; AA
            0000 0001 0000 0000
            \(fileServer) 00
            0021 0001              ; NBSTAT, IN
            0000 0000
            0053                   ; 83 bytes
            02
            4649 4C45 5352 5620 2020 2020 2020 20 20 0400   ; FILESRV<20>, active
            574F 524B 4752 4F55 5020 2020 2020 20 00 8400   ; WORKGROUP<00>, group, active
            0200 5E10 0001         ; unit id
            00 00 0000 0000        ; jumpers, test result, version, period
            0000 0000 0000 0000    ; CRCs, alignment errors, collisions, aborts
            00000000 00000000      ; good sends and receives
            0000 0000 0000 0000 0000 0000 0000 0000 0000
            """,
            .nodeStatus(
                NodeStatus(
                    names: [
                        NodeStatus.Name(.raw("FILESRV", 0x20)),
                        NodeStatus.Name(.raw("WORKGROUP", 0x00), isGroup: true),
                    ],
                    unitID: UnitID(rawValue: 0x0200_5E10_0001)
                )
            )
        ),
        response(
            "node status response, truncated, with every flag",
            """
            1234 8600              ; R; AA, TC
            0000 0001 0000 0000
            \(fileServer) 00
            0021 0001
            0000 0000
            0041                   ; 65 bytes
            01
            4649 4C45 5352 5620 2020 2020 2020 20 20 7E00   ; H node, DRG, CNF, ACT, PRM
            0000 0000 0000
            00 00 0000 0000
            0000 0000 0000 0000
            00000000 00000000
            0000 0000 0000 0000 0000 0000 0000 0000 0000
            """,
            .nodeStatus(
                NodeStatus(
                    names: [
                        NodeStatus.Name(
                            .raw("FILESRV", 0x20),
                            nodeType: .hybrid,
                            flags: [.deregistering, .conflict, .active, .permanent]
                        )
                    ],
                    isTruncated: true
                )
            )
        ),
        response(
            "positive name registration response",
            """
            1234 AD80              ; R; opcode 5; AA, RD, RA
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            .registered(owner, timeToLive: 259_200)
        ),
        response(
            "negative name registration response",
            """
            1234 AD86              ; ACT_ERR
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0000 0000
            0006 0000 C000 0201
            """,
            .registrationRefused(.active, owner, timeToLive: 0)
        ),
        response(
            "end-node challenge registration response",
            """
            1234 AD00              ; R; opcode 5; AA, RD
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0003 F480
            0006 0000 C000 0201
            """,
            .challenge(owner, timeToLive: 259_200)
        ),
        response(
            "name conflict demand",
            """
            1234 AD87              ; CFT_ERR
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0000 0000              ; TTL 0
            0006 0000 0000 0000    ; address 0
            """,
            .registrationRefused(.conflict, AddressEntry(.any), timeToLive: 0)
        ),
        response(
            "positive name release response",
            """
            1234 B400              ; R; opcode 6; AA
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0000 0000
            0006 0000 C000 0201
            """,
            .released(owner, timeToLive: 0)
        ),
        response(
            "negative name release response",
            """
            1234 B406              ; ACT_ERR
            0000 0001 0000 0000
            \(fileServer) 00
            0020 0001
            0000 0000
            0006 0000 C000 0201
            """,
            .releaseRefused(.active, owner, timeToLive: 0)
        ),
    ]
}
