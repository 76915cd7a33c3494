import Testing

/// How long a session may be half closed: in a suite of its own, since it takes a minute.
struct HalfCloseTests {
    @Test func `A session of which one end has finished ends after a minute of silence, and not before`() throws {
        try Lan.with { lan in
            let over = Flag()
            defer { over.raise() }
            _ = try RawServer(on: lan.servers[0]) { session in
                // It hears the client's end and says nothing of its own.
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
            let line = try router.logLine("the end of the session") { $0["msg"] == "session ended" }
            #expect(line["end"] == "client", "\(line)")
            #expect(try open.staysSilent(seconds: 0.1), "without a limit, one that nobody has finished goes on")
        }
    }
}
