import Foundation
import Testing

/// The connections that one call attempts.
@Suite(.serialized)
struct DialTests {
    /// The maximum number of concurrent connection attempts of one session.
    private static let attemptLimit = 3

    @Test func `a name with 40 silent addresses has three connections at most under way for each call`() throws {
        try Lan.with { lan in
            let addresses = (200..<240).map { "10.77.0.\($0)" }
            try lan.ip(
                batch: addresses.map { "neigh add \($0) lladdr 02:00:00:00:00:99 dev eth0 nud permanent" },
                in: lan.router.namespace
            )
            let service = try DomainNames(on: lan.stranger, .answers(addresses))
            try lan.router.etc.setNameServer(lan.stranger.address)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("NAS", to: "nas.example.com")], settings: "sessions: {connect_timeout: 4s}")
            )
            for callCount in [1, 5] {
                let place = try router.logLength()
                let calls = try (0..<callCount).map { _ in
                    let call = try RawSession.connect(from: lan.client, to: lan.router.address)
                    try call.send(Wire.sessionRequest("NAS"))
                    return call
                }
                var (most, tried, before) = (0, Set<String>(), Set<Attempt>())
                try eventually("the end of the calls", within: 20) {
                    let attempts = try Attempt.all(of: lan.router)
                    // The kernel's table is no snapshot; connections in two consecutive readings were open between the
                    // two.
                    most = max(most, attempts.intersection(before).count)
                    tried.formUnion(attempts.map(\.address))
                    before = attempts
                    let log = try router.log(after: place).split(separator: "\n").map { LogLine($0) }
                    return log.count { $0["msg"] == LogMessage.sessionEnded } == callCount
                }
                #expect(most <= Self.attemptLimit * callCount && most >= Self.attemptLimit, "\(most) connections")
                #expect(tried.count > Self.attemptLimit, "others take the place of silent ones: \(tried)")
                for call in calls { #expect(try call.receiveToEnd() == Wire.negativeResponse(0x83)) }
                // Of several calls within ten seconds the first has its line.
                let lines = try router.log(after: place).split(separator: "\n").filter {
                    $0.contains(LogMessage.connectionFailed)
                }
                #expect(callCount > 1 || lines.count == 1, "\(lines)")
            }
            #expect(try Attempt.all(of: lan.router).isEmpty, "none goes on afterwards")
            withExtendedLifetime(service) {}
        }
    }

    @Test func `a call that no backend of many takes has one line for the failures, and one for its end`() throws {
        try Lan.with { lan in
            let backends = (1...30).map { "10.77.0.11:\(1000 + $0)" }
            let router = try RouterProcess.start(
                on: lan.router,
                "routes:\n  - {name: NAS, backends: ['\(backends.joined(separator: "', '"))']}\n"
            )
            let call = try RawSession.connect(from: lan.client, to: lan.router.address)
            try call.send(Wire.sessionRequest("NAS"))
            #expect(try call.receiveToEnd() == Wire.negativeResponse(0x83))
            let end = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(end["attempts"] == "30" && end["end"] == "refused:83", "\(end)")
            let failures = router.logLines.filter { $0["msg"] == LogMessage.connectionFailed }
            #expect(failures.count == 1 && failures.first?["backend"] == backends[0], "\(failures)")
        }
    }
}

/// A connection that is being made.
private struct Attempt: Hashable {
    let localPort: UInt16
    let address: String

    static func all(of host: Host) throws -> Set<Attempt> {
        let connections = try host.connections().filter { $0.state == .synSent }
        return Set(connections.map { Attempt(localPort: $0.localPort, address: $0.peerAddress) })
    }
}
