import ArgumentParser
import NetBIOS
import RouteConfig
import RouterControl
import Testing

@testable import NetBIOSRouter
@testable import NetworkDiagnosis
import RouterControl
@testable import nbrouter

struct LookupResultTests {
    private static let rival = IPv4Address(192, 0, 2, 66)

    @Test func `a row for each address, with who answered and where`() throws {
        let name = try QualifiedName(notation: "XYKON-2")
        let reports = [
            Replies.report(
                at: Replies.eth0,
                about: name,
                (
                    IPv4Address(192, 0, 2, 1),
                    .addresses([AddressEntry(IPv4Address(192, 0, 2, 1))], timeToLive: 259_200)
                ),
                (Self.rival, .addresses([AddressEntry(Self.rival, nodeType: .hybrid)], timeToLive: 300_000))
            ),
            Replies.report(
                at: Replies.server,
                about: name,
                (IPv4Address(192, 0, 2, 4), .addresses([AddressEntry(Self.rival, isGroup: true)], timeToLive: 0))
            ),
        ]
        #expect(
            LookupResult(of: name, reports).text == """
                ADDRESS     NAME         MEANING  KIND    NODE       TTL     FROM        INTERFACE
                192.0.2.1   XYKON-2<20>  server   unique  broadcast  3d      192.0.2.1   eth0
                192.0.2.66  XYKON-2<20>  server   unique  hybrid     3d 11h  192.0.2.66  eth0
                192.0.2.66  XYKON-2<20>  -        group   broadcast  ever    192.0.2.4   -
                """
        )
    }

    @Test func `a scope follows the name, and the wildcard has no service`() throws {
        let name = try QualifiedName(notation: "*", scope: Scope("example.com"))
        let report = Replies.report(
            at: Replies.eth0,
            about: name,
            (Self.rival, .addresses([AddressEntry(Self.rival)], timeToLive: 61))
        )
        #expect(
            LookupResult(of: name, [report]).text == """
                ADDRESS     NAME               MEANING  KIND    NODE       TTL    FROM        INTERFACE
                192.0.2.66  *<00>.example.com  -        unique  broadcast  1m 1s  192.0.2.66  eth0
                """
        )
    }

    @Test func `a negative response names its sender, silence the destination`() throws {
        let name = try QualifiedName(notation: "NOBODY")
        let reports = [
            Replies.report(at: Replies.eth0, about: name),
            Replies.report(at: Replies.server, about: name),
            Replies.report(at: Replies.server, about: name, asking: .owner(recursionDesired: false)),
            Replies.report(at: Replies.server, about: name, (Replies.server.destination, .queryRefused(.nameUnknown))),
            Replies.report(
                at: Replies.server,
                about: name,
                (Replies.server.destination, .redirect(nameServer: .none, address: Self.rival, timeToLive: 0))
            ),
        ]
        #expect(
            LookupResult.reasons(reports) == [
                "no response on eth0 (192.0.2.255)",
                "no response from 192.0.2.4; a host that is not a name server may ignore names of others: "
                    + "try --no-recursion",
                "no response from 192.0.2.4",
                "192.0.2.4 answers: name does not exist (NAM_ERR)",
                "192.0.2.4 refers to the name server 192.0.2.66",
            ]
        )
    }

    @Test func `the JSON has the words of the table as keys, and every key always`() throws {
        let name = try QualifiedName(notation: "XYKON-2#20")
        let reports = [
            Replies.report(
                at: Replies.eth0,
                about: name,
                (Self.rival, .addresses([AddressEntry(Self.rival)], timeToLive: 259_200))
            ),
            Replies.report(at: Replies.server, about: name, (Replies.server.destination, .queryRefused(.nameUnknown))),
        ]
        #expect(
            try JSONText.of(LookupResult(of: name, reports)) == """
                {
                  "addresses": [
                    {
                      "address": "192.0.2.66",
                      "answered_by": "192.0.2.66",
                      "group": false,
                      "interface": "eth0",
                      "meaning": "server",
                      "node_type": "broadcast",
                      "ttl_s": 259200
                    }
                  ],
                  "name": "XYKON-2",
                  "refusals": [
                    {
                      "answered_by": "192.0.2.4",
                      "code": "0x03",
                      "reason": "name does not exist (NAM_ERR)"
                    }
                  ],
                  "scope": "",
                  "suffix": "0x20"
                }
                """
        )
    }

    @Test func `found is 0, not found 1, and 2 when no place could be asked`() throws {
        let name = try QualifiedName(notation: "XYKON-2")
        let unreachable = QueryFailure(errorNumber: 101, sourcePort: 0, port: 137)
        let refused = QueryFailure(errorNumber: 111, sourcePort: 0, port: 137)
        let silent = Replies.report(at: Replies.eth0, about: name)
        let notAsked = Replies.report(at: Replies.server, about: name, failure: unreachable)
        let sentBack = Replies.report(at: Replies.server, about: name, failure: refused)
        #expect([silent].exitCode(isFound: true).rawValue == 0)
        #expect([silent, notAsked].exitCode(isFound: false).rawValue == 1)
        #expect([sentBack].exitCode(isFound: false).rawValue == 1)
        #expect([notAsked, notAsked].exitCode(isFound: false).rawValue == 2)
        #expect(unreachable.description == "network is unreachable; this host has no route to it: see `ip route`")
        #expect(refused.description == "connection refused; no name service listens on UDP port 137 there")
    }
}
