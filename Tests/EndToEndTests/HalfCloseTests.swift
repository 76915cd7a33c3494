import Foundation
import Testing

/// The time limit of half-closed sessions: in a suite of its own, since it takes a minute.
struct HalfCloseTests {
    @Test func `a session of which one end has finished ends after a minute of silence, and not before`() throws {
        try Lan.with { lan in
            let over = Flag()
            defer { over.raise() }
            _ = try RawServer(on: lan.servers[0]) { session in
                // It receives the client's FIN and sends nothing.
                _ = try session.receiveToEnd(within: 120)
                try over.wait(within: 120)
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let open = try router.session(from: lan.client, to: "NAS")
            let session = try router.session(from: lan.client, to: "NAS")
            session.finishSending()
            let start = ContinuousClock.now
            _ = try? session.receiveToEnd(within: 80)
            let waited = ContinuousClock.now - start
            #expect(waited > .seconds(58) && waited < .seconds(75), "\(waited)")
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == "client", "\(line)")
            #expect(try open.staysSilent(seconds: 0.1), "without a limit, one that nobody has finished goes on")
        }
    }

    /// The sender's last bytes and its reset reach the router together, while the receiver stalls with some room left.
    @Test func `bytes of a sender that was reset wait a minute for a receiver that stalls, and no longer`() throws {
        try Lan.with { lan in
            let over = Flag()
            defer { over.raise() }
            _ = try RawServer(on: lan.servers[0]) { _ in try over.wait(within: 120) }
            // The router can receive much, and relay little of it.
            for limits in ["tcp_rmem=4096 2000000 2000000", "tcp_wmem=4096 250000 250000"] {
                #expect(try lan.router.run("sysctl", "-qw", "net.ipv4.\(limits)").succeeded)
            }
            #expect(try lan.servers[0].run("sysctl", "-qw", "net.ipv4.tcp_rmem=4096 16000 16000").succeeded)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(from: lan.client, to: "NAS")
            let message = Wire.message([UInt8](repeating: 7, count: 100_000))
            try ProcessUse.halt(router.process)
            for _ in 0..<5 { try session.send(message) }
            session.reset()
            let start = ContinuousClock.now
            router.process.send(signal: SIGCONT)
            try router.logLine("the end of the session", within: 90) { $0["msg"] == LogMessage.sessionEnded }
            let waited = ContinuousClock.now - start
            #expect(waited > .seconds(58) && waited < .seconds(75), "\(waited)")
        }
    }
}
