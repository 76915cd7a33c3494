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
            // Two tries of five seconds: longer than a session may take.
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

    @Test func `A name that changes its address is followed by the next session, and no other notices`() throws {
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

    @Test func `A change of the hosts file is followed by the next session`() throws {
        try Self.with(hosts: "10.77.0.11 nas.example.com\n") { lan, router, _ in
            #expect(try Self.greeting(router, lan) == "one")
            try lan.router.etc.setHosts("10.77.0.12 nas.example.com\n")
            #expect(try Self.greeting(router, lan) == "two")
        }
    }

    @Test func `All addresses of a name are tried, dead ones and all`() throws {
        try Self.with(dns: .answers(["10.77.0.200", "10.77.0.1", "10.77.0.12"])) { lan, router, _ in
            try lan.makeBlackHole("10.77.0.200")
            #expect(try Self.greeting(router, lan) == "two")
        }
    }

    @Test(arguments: ["fails", "silent"])
    func `A name server that breaks down does not keep sessions from where they went before`(how: String) throws {
        try Self.with(dns: .answers(["10.77.0.11"])) { lan, router, service in
            #expect(try Self.greeting(router, lan) == "one")
            service?.mood = how == "fails" ? .fails : .silent
            for _ in 0..<3 { #expect(try Self.greeting(router, lan) == "one") }
            service?.mood = .answers(["10.77.0.12"])
            try eventually("the new address", within: 25) { try Self.greeting(router, lan) == "two" }
        }
    }

    @Test func `A name that does not exist any more is not called at its old address`() throws {
        try Self.with(dns: .answers(["10.77.0.11"])) { lan, router, service in
            #expect(try Self.greeting(router, lan) == "one")
            service?.mood = .denies
            let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
            try refused.send(Wire.sessionRequest("NAS"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            let line = try router.logLine("why") { $0["msg"] == "backend not reached" }
            #expect(line["reason"] == "the name does not resolve", "\(line)")
        }
    }

    @Test func `A backend is reached over IPv6, by address and by a name that has both kinds`() throws {
        try Lan.with { lan in
            for (host, address) in [(lan.router, "fd77::1"), (lan.servers[0], "fd77::11")] {
                #expect(try host.run("ip", "address", "add", "\(address)/64", "dev", "eth0", "nodad").succeeded)
            }
            _ = try SambaServer(on: lan.servers[0], greeting: "over IPv6\n")
            // The IPv4 address is nobody's.
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
