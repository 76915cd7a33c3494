import Foundation
import Testing

/// Thousands of short sessions: 10,000, or the number in NBROUTER_TEST_CHURN. With 100,000 it runs for several minutes
/// and prints its measurements.
@Suite(.serialized)
struct ChurnTests {
    /// The additional resident memory allowed after the first tenth of the sessions, in bytes.
    private static let memory = 4 << 20

    private static var sessions: Int {
        ProcessInfo.processInfo.environment["NBROUTER_TEST_CHURN"].flatMap { Int($0) } ?? 10_000
    }

    @Test func `Thousands of sessions leak no memory, descriptor or entry`() throws {
        try Lan.with { lan in
            let server = try CrowdServer(on: lan.servers[0])
            for host in [lan.client, lan.router] {
                // Else the ports of the last minute's connections run out.
                #expect(try host.run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1").succeeded)
                #expect(try host.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535").succeeded)
            }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: "sessions: {connect_timeout: 1m}"),
                control: lan.router.folder.newFile("control.sock").path
            )
            let sockets = try ProcessUse.openSockets(of: router.process)
            let descriptors = try ProcessUse.openDescriptors(of: router.process)
            func ledger() throws -> Ledger { try Ledger(router.ask("status", "--json")) }
            #expect(try ledger() == Ledger(current: 0, total: 0))
            let count = Self.sessions
            func churn(_ count: Int) throws {
                let failures = try Churn.run(count, from: lan.client, to: lan.router.address, calling: "NAS")
                #expect(failures == 0, "\(failures) sessions went wrong")
                try eventually("every session to be over") {
                    try server.open == 0 && ProcessUse.openSockets(of: router.process) == sockets
                }
            }
            try churn(count / 10)
            let before = try ProcessUse.residentBytes(of: router.process)
            let start = ContinuousClock.now
            try churn(count - count / 10)
            let after = try ProcessUse.residentBytes(of: router.process)
            #expect(try ledger() == Ledger(current: 0, total: count))
            #expect(try ProcessUse.openDescriptors(of: router.process) <= descriptors)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            #expect(after - before < Self.memory, "\(after - before) bytes more after \(count) sessions")
            #expect(server.accepted == count)
            if count > 10_000 {
                print(
                    "\(count) sessions: \(Int(Double(count) * 0.9 / seconds)) a second, \(before >> 10) KiB, \(after >> 10) KiB, \(descriptors) descriptors, \(try ledger())"
                )
            }
            router.process.send(signal: SIGTERM)
            #expect(try router.process.wait(within: 15) == .exited(0))
            #expect(try router.logLine("the stop") { $0["msg"] == LogMessage.stopping }["sessions"] == "0")
        }
    }
}

/// The session counts of `status`.
private struct Ledger: Hashable, Decodable {
    var current: Int
    var total: Int

    init(current: Int, total: Int) {
        self.current = current
        self.total = total
    }

    init(_ status: Finished) throws {
        struct Status: Decodable { let sessions: Ledger }
        guard status.succeeded else { throw ToolFailure(finished: status) }
        self = try JSONDecoder().decode(Status.self, from: Data(status.output.utf8)).sessions
    }
}
