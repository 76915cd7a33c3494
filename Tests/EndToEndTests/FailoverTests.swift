import Testing

/// Several backends, and which of them a session reaches.
@Suite(.serialized)
struct FailoverTests {
    /// The text of a file with one route to the first server's ports.
    private static func routes(_ ports: [Int], _ more: String..., settings: String = "") -> String {
        let backends = ports.map { "'10.77.0.11:\($0)'" }.joined(separator: ", ")
        let lines = ["  - name: NAS", "    backends: [\(backends)]"] + more.map { "    \($0)" }
        return Routes.file(lines.map { $0 + "\n" }, settings: settings)
    }

    /// Returns the greeting of the backend that a new session reaches.
    private static func greeting(_ router: RouterProcess, _ lan: Lan) throws -> String {
        let session = try router.session(from: lan.client, to: "NAS")
        defer { session.close() }
        try session.send(Wire.message(Array("who?".utf8)))
        return String(decoding: try session.receive(exactly: 9)[4...], as: UTF8.self)
    }

    private static func lines(_ message: String, of router: RouterProcess) -> [LogLine] {
        router.logLines.filter { $0["msg"] == message }
    }

    @Test(arguments: ["tcp", "smb"])
    func `a backend that fails its checks is logged once and tried last, until it passes one`(check: String) throws {
        try Lan.with { lan in
            let server = lan.servers[0]
            let answers = Flag()
            if check == "smb" {
                // It accepts connections, and so sessions, from the start; it speaks SMB later.
                _ = try RawServer(on: server, port: 445) { session in
                    if answers.isRaised { try Self.negotiate(session, greeting: "first") }
                    _ = try session.receiveToEnd(within: 60)
                }
            }
            _ = try RawServer(on: server, port: 446) { try Self.negotiate($0, greeting: "other") }
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes(
                    [445, 446],
                    "health_check: \(check)",
                    "health_interval: 100ms",
                    settings: "sessions: {connect_timeout: 1s}"
                )
            )
            let down = try router.logLine("the backend that is down") { $0["msg"] == LogMessage.backendDown }
            #expect(down["backend"] == "10.77.0.11:445", "\(down)")
            #expect(down["reason"]?.isEmpty == false, "\(down)")
            for _ in 0..<5 { #expect(try Self.greeting(router, lan) == "other") }
            if check == "smb" {
                answers.raise()
            } else {
                _ = try RawServer(on: server, port: 445) { try Self.negotiate($0, greeting: "first") }
            }
            let up = try router.logLine("the backend that is up") { $0["msg"] == LogMessage.backendUp }
            #expect(up["backend"] == "10.77.0.11:445", "\(up)")
            #expect(try Self.greeting(router, lan) == "first")
            #expect(Self.lines("backend down", of: router).count == 1)
            #expect(Self.lines("backend up", of: router).count == 1)
            #expect(Self.lines(LogMessage.connectionFailed, of: router).isEmpty, "no session waited for the dead one")
        }
    }

    /// Refuses a negotiate request, as a server without SMB 1 does, and greets any other client.
    private static func negotiate(_ session: RawSession, greeting: String) throws {
        let request = try session.receive()
        let isNegotiate = request.count > 36 && Array(request[4..<9]) == [0xFF, 0x53, 0x4D, 0x42, 0x72]
        let answer = isNegotiate ? Array(request[4..<36]) + [1, 0xFF, 0xFF, 0, 0] : Array(greeting.utf8)
        try session.send(Wire.message(answer))
    }

    @Test(arguments: [("NT1", "NT1"), ("SMB2_02", "SMB3_11"), ("SMB3_11", "SMB3_11")])
    func `a real smbd passes the SMB check, whatever it speaks`(oldest: String, newest: String) throws {
        try Lan.with { lan in
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes([445], "health_check: smb", "health_interval: 100ms")
            )
            try router.logLine("the backend that is down") { $0["msg"] == LogMessage.backendDown }
            _ = try SambaServer(on: lan.servers[0], greeting: "", dialects: .init(oldest: oldest, newest: newest))
            try router.logLine("the backend that is up") { $0["msg"] == LogMessage.backendUp }
            #expect(Self.lines("backend down", of: router).count == 1)
        }
    }

    @Test func `a reload begins and ends checks, and leaves the others alone`() throws {
        try Lan.with { lan in
            let server = lan.servers[0]
            let counted = try [445, 446, 447].map { try RawServer(on: server, port: $0) { _ in } }
            let checked = ["health_check: tcp", "health_interval: 100ms"]
            let first = Routes.route("A", to: "10.77.0.11:445", checked[0], checked[1])
            let second = Routes.route("B", to: "10.77.0.11:446", checked[0], checked[1])
            let third = Routes.route("C", to: "10.77.0.11:447")
            let router = try RouterProcess.start(on: lan.router, Routes.file([first, third]))
            try eventually("checks of the first") { counted[0].accepted >= 3 }
            try router.reload(Routes.file([first, second, third]))
            let before = counted[0].accepted
            try eventually("checks of both") { counted[1].accepted >= 3 && counted[0].accepted >= before + 3 }
            try router.reload(Routes.file([first, third]))
            // One may be under way.
            try eventually("no more checks of the second") {
                let count = counted[1].accepted, other = counted[0].accepted
                return throughout(seconds: 0.5) { counted[1].accepted == count } && counted[0].accepted > other
            }
            #expect(counted[2].accepted == 0)
            #expect(router.process.isRunning)
        }
    }

    @Test func `sessions are spread over the backends as balance says`() throws {
        try Lan.with { lan in
            for port in [445, 446, 447] as [UInt16] {
                _ = try RawServer.greeter(on: lan.servers[0], port: port, saying: "is\(port)")
            }
            let router = try RouterProcess.start(on: lan.router, Self.routes([445, 446, 447], "balance: round_robin"))
            let turns = try (0..<6).map { _ in try Self.greeting(router, lan) }
            #expect(turns == ["is445", "is446", "is447", "is445", "is446", "is447"])
            try router.reload(Self.routes([445, 446, 447], "balance: least_sessions"))
            var held: [RawSession] = []
            for _ in 0..<6 { held.append(try router.session(from: lan.client, to: "NAS")) }
            let reached = try held.map { String(decoding: try $0.receive(exactly: 9)[4...], as: UTF8.self) }
            #expect(Set(reached.prefix(3)) == Set(reached.suffix(3)) && Set(reached).count == 3, "\(reached)")
            held[1].close()
            try eventually("the end of that session and of the first six") { router.endedSessions.count == 7 }
            #expect(try Self.greeting(router, lan) == reached[1])
        }
    }

    @Test func `where one backend refuses and another keeps silent, the third takes the session`() throws {
        try Lan.with { lan in
            try lan.makeBlackHole("10.77.0.250")
            _ = try RawServer.greeter(on: lan.servers[0], port: 447, saying: "third")
            let router = try RouterProcess.start(
                on: lan.router,
                """
                sessions: {connect_timeout: 500ms}
                routes:
                  - name: NAS
                    backends: ['10.77.0.11:446', '10.77.0.250:445', '10.77.0.11:447']
                """
            )
            #expect(try Self.greeting(router, lan) == "third")
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["attempts"] == "3" && line["backend"] == "10.77.0.11:447", "\(line)")
            // The next one does not wait for the dead ones again.
            #expect(try Self.greeting(router, lan) == "third")
            try eventually("the end of the second session") { router.endedSessions.count == 2 }
            #expect(router.endedSessions.last?["attempts"] == "1", "\(router.process.errors)")
        }
    }
}

extension Lan {
    /// Makes an address of the network discard all packets.
    func makeBlackHole(_ address: String) throws {
        let finished = try self.router.run(
            "ip",
            "neighbour",
            "add",
            address,
            "lladdr",
            "02:00:00:00:00:99",
            "dev",
            "eth0",
            "nud",
            "permanent"
        )
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
    }
}
