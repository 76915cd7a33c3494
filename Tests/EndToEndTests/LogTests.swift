import Foundation
import Testing

/// The log: its content and levels, and the log lines that untrusted clients can cause.
@Suite(.serialized)
struct LogTests {
    private static let metrics = "metrics: 127.0.0.1:9139\n"
    private static let routes = Routes.file([Routes.route("NAS", to: "10.77.0.11")])

    /// Builds a network with an echo server and a router with options of its own.
    private func withRouter(_ options: String..., body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let text = Self.metrics + Self.routes
            try body(lan, try RouterProcess.start(on: lan.router, text, arguments: options))
        }
    }

    @Test func `each line of a session has its id: the start at debug, what failed, and the end`() throws {
        try Lan.with(servers: 2) { lan in
            _ = try RawServer.echo(on: lan.servers[1])
            let routes = Routes.file(["  - {name: PAIR, backends: [\"10.77.0.11:446\", 10.77.0.12]}\n"])
            let router = try RouterProcess.start(on: lan.router, routes, arguments: ["--log-level", "debug"])
            let session = try router.session(from: lan.client, to: "PAIR")
            let start = try router.logLine("the start") { $0["msg"] == "session connected" }
            #expect(start["level"] == "debug" && start["route"] == "PAIR" && start["attempts"] == "2", "\(start)")
            #expect(start["backend"] == "10.77.0.12:445", "\(start)")
            session.close()
            let end = try router.logLine("the end") { $0["msg"] == LogMessage.sessionEnded }
            #expect(end["id"] == start["id"] && end["client"] == start["client"], "\(end)")
            let failure = try router.logLine("the failure") { $0["msg"] == LogMessage.connectionFailed }
            #expect(failure["id"] == start["id"] && failure["level"] == "warning", "\(failure)")
            let names = ["time", "level", "msg", "id", "client", "calling", "called", "route", "backend", "attempts"]
            #expect(end.keys.starts(with: names), "\(end)")
            #expect(end.keys.suffix(2) == ["bytes_out", "end"], "\(end)")
        }
    }

    @Test func `without debug a session has one line, its last`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "NAS")
            session.close()
            let end = try router.logLine("the end") { $0["msg"] == LogMessage.sessionEnded }
            #expect(router.logLines.filter { $0["id"] == end["id"] }.count == 1)
        }
    }

    @Test func `of invalid connections some are logged, the rest at debug, and all are counted`() throws {
        try self.withRouter("--log-level", "debug") { lan, router in
            for _ in 0..<60 {
                let stranger = try RawSession.connect(from: lan.client, to: lan.router.address)
                try stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                _ = try stranger.receiveToEnd()
            }
            try eventually("the ends") { router.endedSessions.count == 60 }
            let times = router.endedSessions.compactMap { $0["time"] }
            let levels = router.endedSessions.map { $0["level"] }
            // Twenty in ten seconds, which a slow machine may exceed.
            let logged = levels.count { $0 == "info" }
            #expect(logged >= 20 && logged < 60 && levels.prefix(20).allSatisfy { $0 == "info" }, "\(times)")
            #expect(levels.count { $0 == "debug" } == 60 - logged)
            try eventually("a page that counts them") {
                let page = try lan.router.run("curl", "--silent", "--max-time", "10", "http://127.0.0.1:9139/metrics")
                return MetricsPage(page.output).sum("nbrouter_sessions_total") == 60
            }
        }
    }

    @Test func `a host that calls wrong names without end has fifty lines in ten seconds, others have theirs`() throws {
        let calls = 2_000
        try self.withRouter { lan, router in
            func call(from host: Host, _ name: String) throws {
                let session = try RawSession.connect(from: host, to: lan.router.address)
                try session.send(Wire.sessionRequest(name))
                #expect(try session.receiveToEnd() == Wire.negativeResponse(0x82))
            }
            let begin = Date()
            for number in 0..<calls { try call(from: lan.client, "WRONG\(number)") }
            let windows = Int(Date().timeIntervalSince(begin) / 10) + 2
            #expect(router.endedSessions.count <= windows * 50)
            // The first ones are there, and so is that of a host that calls now.
            #expect(router.endedSessions.prefix(50).map { $0["called"] } == (0..<50).map { "WRONG\($0)<20>" })
            try call(from: lan.stranger, "MISSPELT")
            let line = try router.logLine("the other's call") { $0["called"] == "MISSPELT<20>" }
            #expect(line["end"] == "refused:82")
            // Every call is counted: it has a line, or is among those that were suppressed before the last one.
            let ends = router.endedSessions
            #expect(ends.count + ends.compactMap { $0["suppressed"].flatMap { Int($0) } }.reduce(0, +) == calls + 1)
            // Sessions keep their lines beside refused calls.
            for _ in 0..<60 { try router.session(from: lan.client, to: "NAS").close() }
            try eventually("the ends") { router.endedSessions.count { $0["end"] == "client" } == 60 }
        }
    }

    @Test func `a host that claims all names of the router has twenty lines in ten seconds`() throws {
        let count = 400
        try Lan.with { lan in
            let routes = (0..<count).map { Routes.route("NAS\($0)", to: "10.77.0.11") }
            let settings = "names: {claim_rate: 10000, workgroup: none}"
            let router = try RouterProcess.start(on: lan.router, Routes.file(routes, settings: settings))
            for number in [0, count - 1] { try router.owns("NAS\(number)") }
            let stranger = try RawDatagrams(on: lan.stranger)
            let begin = Date()
            for number in 0..<count {
                let name = "NAS\(number)", address: [UInt8] = [10, 77, 0, 3]
                let claim = Wire.recordRequest(id: number, flags: 0x2900, name, address: address)
                let answer = try #require(try stranger.ask(claim, of: lan.router.address), "\(number)")
                #expect(answer[3] & 0x0F == 6, "it is active: \(answer)")
            }
            let lines = router.logLines.filter { $0["msg"] == "name defended" }
            let windows = Int(Date().timeIntervalSince(begin) / 10) + 2
            #expect(lines.count >= 20 && lines.count <= windows * 20, "\(lines.count)")
        }
    }

    @Test(arguments: ["logfmt", "json"])
    func `bytes from the wire are escaped, and one event is one line`(format: String) throws {
        let hostile = ["\u{1B}[31mRED", "A\nB level=x", "C\" D=\"", "E\\F\r\t", "\u{0}\u{7F}G"]
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess(on: lan.router, Self.routes, arguments: ["--log-format", format])
            try eventually("a router that serves", within: 20) { router.process.errors.contains("serving") }
            for calling in hostile {
                let session = try RawSession.connect(from: lan.client, to: lan.router.address)
                try session.send(Wire.sessionRequest("NAS", calling: calling))
                #expect(try session.receive(exactly: 4) == Wire.positiveResponse)
                session.close()
            }
            func ends() -> [Substring] {
                router.process.errors.split(separator: "\n").filter { $0.contains("session ended") }
            }
            try eventually("the ends") { ends().count == hostile.count }
            #expect(router.process.errors.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) })
            for line in ends() {
                if format == "json" {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    #expect(
                        object?["end"] as? String == "client" && object?["called"] as? String == "NAS<20>",
                        "\(line)"
                    )
                } else {
                    let line = LogLine(line)
                    #expect(line["end"] == "client" && line["level"] == "info", "\(line)")
                    #expect(line["called"] == "NAS<20>" && line.keys.count(where: { $0 == "level" }) == 1, "\(line)")
                }
            }
            #expect(ends().contains { $0.lowercased().contains("x1b[31mred") }, "\(ends())")
        }
    }
}
