import Testing

/// Backends by host name.
@Suite(.serialized)
struct HostNameTests {
    /// Two greeters, `one` and `two`, and a router whose route NAS leads to a host name.
    private static func with(
        hosts: String = "",
        dns: DomainNames.Mood? = nil,
        host: String = "nas.example.com",
        _ body: (Lan, RouterProcess, DomainNames?) throws -> Void
    ) throws {
        try Lan.with(servers: 2) { lan in
            for (server, name) in zip(lan.servers, ["one", "two"]) {
                _ = try RawServer.greeter(on: server, saying: name)
            }
            let service = try dns.map { try DomainNames(on: lan.stranger, $0) }
            try lan.router.etc.setHosts(hosts)
            // Two tries of five seconds: longer than the connect timeout.
            try lan.router.etc.setNameServer(lan.stranger.address, options: "timeout:5 attempts:2")
            let router = try RouterProcess.start(on: lan.router, Routes.file([Routes.route("NAS", to: host)]))
            try body(lan, router, service)
        }
    }

    private static func greeting(_ router: RouterProcess, _ lan: Lan) throws -> String {
        let session = try router.session(from: lan.client, to: "NAS")
        defer { session.close() }
        return String(decoding: try session.receive(exactly: 7)[4...], as: UTF8.self)
    }

    @Test func `a name that changes its address is followed by the next session, and no other notices`() throws {
        try Self.with(dns: .answers(["10.77.0.11"])) { lan, router, service in
            #expect(try Self.greeting(router, lan) == "one")
            let old = try router.session(from: lan.client, to: "NAS")
            _ = try old.receive(exactly: 7)
            for round in 0..<20 {
                let second = round.isMultiple(of: 2)
                service?.mood = .answers([second ? "10.77.0.12" : "10.77.0.11"])
                #expect(try Self.greeting(router, lan) == (second ? "two" : "one"), "round \(round)")
            }
            #expect(try EchoLan.exchanges(old))
        }
    }

    @Test func `a change of the hosts file is followed by the next session`() throws {
        try Self.with(hosts: "10.77.0.11 nas.example.com\n") { lan, router, _ in
            #expect(try Self.greeting(router, lan) == "one")
            try lan.router.etc.setHosts("10.77.0.12 nas.example.com\n")
            #expect(try Self.greeting(router, lan) == "two")
        }
    }

    @Test func `all addresses of a name are tried, dead ones and all`() throws {
        try Self.with(dns: .answers(["10.77.0.200", "10.77.0.1", "10.77.0.12"])) { lan, router, _ in
            try lan.makeBlackHole("10.77.0.200")
            #expect(try Self.greeting(router, lan) == "two")
        }
    }

    @Test(arguments: ["fails", "silent"])
    func `a name server that breaks down does not keep sessions from known backends`(how: String) throws {
        try Self.with(dns: .answers(["10.77.0.11"])) { lan, router, service in
            #expect(try Self.greeting(router, lan) == "one")
            service?.mood = how == "fails" ? .fails : .silent
            for _ in 0..<3 { #expect(try Self.greeting(router, lan) == "one") }
            service?.mood = .answers(["10.77.0.12"])
            try eventually("the new address", within: 25) { try Self.greeting(router, lan) == "two" }
        }
    }

    @Test func `a name that no longer exists is not reached at its old address`() throws {
        try Self.with(dns: .answers(["10.77.0.11"])) { lan, router, service in
            #expect(try Self.greeting(router, lan) == "one")
            service?.mood = .denies
            let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
            try refused.send(Wire.sessionRequest("NAS"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            let line = try router.logLine("why") { $0["msg"] == LogMessage.connectionFailed }
            #expect(line["reason"] == "the name does not resolve", "\(line)")
        }
    }

    @Test func `a dead zone holds up no session to another: not at first, not again and again, not by checks`() throws {
        let dead = (0..<60).map { number in
            let check = number < 20 ? "health_check: tcp" : "health_check: none"
            return Routes.route("DEAD\(number)", to: "host\(number).dead.example.net", check, "health_interval: 1s")
        }
        // None of them has been asked for when its session begins.
        let good = (0..<10).map { Routes.route("GOOD\($0)", to: "host\($0).example.com") }
        try Lan.with { lan in
            _ = try RawServer.greeter(on: lan.servers[0], saying: "one")
            _ = try DomainNames(on: lan.stranger, .silentOn("dead.example.net", others: ["10.77.0.11"]))
            try lan.router.etc.setNameServer(lan.stranger.address, options: "timeout:5 attempts:2")
            let settings = "sessions: {connect_timeout: 2s}"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(dead + good, settings: settings),
                // One client's refused calls are more than are logged at info.
                arguments: ["--log-level", "debug"]
            )
            // Twelve seconds, as the first look-ups fail after ten.
            for round in 0..<6 {
                let callers = try dead.indices.map { number in
                    let caller = try RawSession.connect(from: lan.client, to: lan.router.address)
                    try caller.send(Wire.sessionRequest("DEAD\(number)"))
                    return caller
                }
                for number in good.indices {
                    let session = try router.session(from: lan.client, to: "GOOD\(number)")
                    #expect(try session.receive(exactly: 7)[4...].elementsEqual("one".utf8))
                    session.close()
                }
                for caller in callers { #expect(try caller.receiveToEnd() == Wire.negativeResponse(0x83)) }
                let count = (round + 1) * (dead.count + good.count)
                try eventually("the ends") { router.endedSessions.count == count }
                // The name server answers within milliseconds; a place in a queue would cost a second at least.
                let times = router.endedSessions.filter { $0["end"] == "backend" || $0["end"] == "client" }
                    .map { Int($0["connect_ms"] ?? "") ?? .max }
                #expect(times.count == (round + 1) * good.count && times.allSatisfy { $0 < 900 }, "\(times)")
            }
        }
    }

    @Test func `a backend is reached over IPv6, by address and by a name that has both kinds`() throws {
        try Lan.with { lan in
            for (host, address) in [(lan.router, "fd77::1"), (lan.servers[0], "fd77::11")] {
                #expect(try host.run("ip", "address", "add", "\(address)/64", "dev", "eth0", "nodad").succeeded)
            }
            _ = try SambaServer(on: lan.servers[0], greeting: "over IPv6\n")
            // The IPv4 address is unused.
            try lan.router.etc.setHosts("fd77::11 nas.example.com\n10.77.0.200 nas.example.com\n")
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([
                    Routes.route("LITERAL", to: "'[fd77::11]:445'"), Routes.route("NAMED", to: "nas.example.com"),
                ])
            )
            for name in ["LITERAL", "NAMED"] {
                try router.owns(name)
                #expect(try SambaClient(host: lan.client).greeting(of: name) == "over IPv6\n")
            }
        }
    }
}
