import NetworkDiagnosis
import NetBIOS
import NetBIOSRouter
import RouteConfig
import RouterControl
import Testing

import RouterControl
@testable import nbrouter

struct NodeStatusResultTests {
    private static let everybody = QualifiedName(.wildcard)

    /// The response of a host with the names.
    private static func result(
        _ names: [NodeStatus.Name],
        of name: QualifiedName = Self.everybody,
        isTruncated: Bool = false,
        unitID: UnitID = .zero
    ) throws -> NodeStatusResult {
        let status = NodeStatus(names: names, isTruncated: isTruncated, unitID: unitID)
        let report = Replies.report(
            at: Replies.server,
            about: name,
            asking: .nodeStatus,
            (Replies.server.destination, .nodeStatus(status))
        )
        let reply = try #require(report.queries.flatMap(\.answers).first)
        return try #require(NodeStatusResult(of: name, reply))
    }

    @Test func `a host that is looked for by its name is at the first address that can be one host's`() throws {
        let name = try QualifiedName(notation: "XYKON-2")
        let nobody = ["255.255.255.255", "0.0.0.0", "192.0.2.255", "224.0.0.1"].compactMap { IPv4Address($0) }
        let host = IPv4Address(192, 0, 2, 66)
        let answers = NameServiceResponse.Answer.addresses(nobody.map { AddressEntry($0) }, timeToLive: 9)
        let more = NameServiceResponse.Answer.addresses((nobody + [host]).map { AddressEntry($0) }, timeToLive: 9)
        let rival = IPv4Address(192, 0, 2, 77)
        #expect([Replies.report(at: Replies.eth0, about: name, (rival, answers))].firstHost == nil)
        let reports = [Replies.report(at: Replies.eth0, about: name, (rival, answers), (host, more))]
        let found = try #require(reports.firstHost)
        #expect(found.address == host && found.name == name)
    }

    @Test func `a row for each name, with what it is for and its flags`() throws {
        let result = try Self.result(
            [
                NodeStatus.Name(try NetBIOSName("XYKON-2"), flags: [.active, .permanent]),
                NodeStatus.Name(try NetBIOSName("XYKON-2", suffix: .workstation), nodeType: .hybrid),
                NodeStatus.Name(try NetBIOSName("WORKGROUP", suffix: .workstation), isGroup: true),
                NodeStatus.Name(
                    try NetBIOSName("WORKGROUP", suffix: .localMasterBrowser),
                    flags: [.active, .conflict]
                ),
                NodeStatus.Name(try NetBIOSName("ODD", suffix: Suffix(rawValue: 0xEE)), flags: []),
            ],
            unitID: UnitID(rawValue: 0x0200_5E10_0001)
        )
        #expect(
            result.text == """
                host 192.0.2.4, MAC 02:00:5e:10:00:01
                NAME           MEANING               KIND    NODE       FLAGS
                XYKON-2<20>    server                unique  broadcast  active,permanent
                XYKON-2<00>    workstation           unique  hybrid     active
                WORKGROUP<00>  workgroup             group   broadcast  active
                WORKGROUP<1d>  local master browser  unique  broadcast  conflict,active
                ODD<ee>        -                     unique  broadcast  -
                """
        )
    }

    @Test func `a table that was cut short, in a scope, of a host that does not say its hardware address`() throws {
        let result = try Self.result(
            [NodeStatus.Name(try NetBIOSName("XYKON-2"))],
            of: QualifiedName(.wildcard, scope: Scope("example.com")),
            isTruncated: true
        )
        #expect(
            result.text == """
                host 192.0.2.4, scope example.com, no MAC
                NAME         MEANING  KIND    NODE       FLAGS
                XYKON-2<20>  server   unique  broadcast  active
                The host has more names than it lists.
                """
        )
    }

    @Test func `bytes that are not printable are escaped, in the table and in the JSON`() throws {
        // As it is on the wire: the name of all master browsers, and a terminal's escape sequence.
        let packet: [UInt8] =
            [0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x20] + Array("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".utf8)
            + [0, 0, 0x21, 0, 1, 0, 0, 0, 0, 0, 47 + 36, 2]
            + [1, 2] + Array("__MSBROWSE__".utf8) + [2, 1, 0x84, 0]
            + [0x1B] + Array("[2J\"\\          ".utf8) + [0x04, 0] + [UInt8](repeating: 0, count: 46)
        guard case .response(let response) = try NameServicePacket(decoding: packet),
            case .nodeStatus(let status) = response.answer
        else {
            Issue.record("not a node status")
            return
        }
        let result = try Self.result(status.names)
        #expect(
            result.text == #"""
                host 192.0.2.4, no MAC
                NAME                          MEANING          KIND    NODE       FLAGS
                \x01\x02__MSBROWSE__\x02<01>  master browsers  group   broadcast  active
                \x1b[2J"\x5c<20>              server           unique  broadcast  active
                """#
        )
        let json = try JSONText.of(result)
        #expect(json.contains(#""name": "\\x1b[2J\"\\x5c""#))
        #expect(!json.contains("\u{1B}"))
    }

    @Test func `the JSON has the words of the table as keys`() throws {
        let result = try Self.result([NodeStatus.Name(try NetBIOSName("XYKON-2"))])
        #expect(
            try JSONText.of(result) == """
                {
                  "host": "192.0.2.4",
                  "mac": null,
                  "names": [
                    {
                      "flags": [
                        "active"
                      ],
                      "group": false,
                      "meaning": "server",
                      "name": "XYKON-2",
                      "node_type": "broadcast",
                      "suffix": "0x20"
                    }
                  ],
                  "scope": "",
                  "truncated": false
                }
                """
        )
    }
}
