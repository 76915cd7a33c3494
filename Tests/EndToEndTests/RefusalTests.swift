import Testing

/// Refusals of calls (RFC 1002 §4.3.4).
@Suite(.serialized)
struct RefusalTests {
    /// Opens a connection, calls, and expects a refusal and the end; then a line in the log that says so.
    private func expectRefusal(
        _ code: UInt8,
        calling request: [UInt8],
        of router: RouterProcess,
        on lan: Lan
    ) throws {
        let connection = try RawSession.connect(from: lan.client, to: lan.router.address)
        try connection.send(request)
        #expect(try connection.receiveToEnd() == Wire.negativeResponse(code))
        let name = "refused:" + String(code, radix: 16, uppercase: true)
        try router.logLine("the end \(name)") { $0["msg"] == LogMessage.sessionEnded && $0["end"] == name }
    }

    @Test func `an unknown name is answered with 82`() throws {
        try EchoLan.with { echo in
            for name in ["NOBODY", "ECH", "ECHOO"] {
                try self.expectRefusal(0x82, calling: Wire.sessionRequest(name), of: echo.router, on: echo.lan)
            }
        }
    }

    @Test func `a call by address is answered with 82 where there is no default route`() throws {
        try EchoLan.with { echo in
            for name in ["*SMBSERVER", "*SMBSERV", "", "10.77.0.1"] {
                try self.expectRefusal(0x82, calling: Wire.sessionRequest(name), of: echo.router, on: echo.lan)
            }
        }
    }

    @Test func `a call by address goes to the default route where there is one`() throws {
        try EchoLan.with(settings: "default_route: ECHO") { echo in
            for name in ["*SMBSERVER", "*SMBSERV", "", "10.77.0.1", "ECHO"] {
                #expect(try EchoLan.exchanges(echo.session(to: name)), "called \(name)")
            }
            try self.expectRefusal(0x82, calling: Wire.sessionRequest("NOBODY"), of: echo.router, on: echo.lan)
        }
    }

    @Test func `a DNS name reaches the route of its first label`() throws {
        try EchoLan.with { echo in
            for name in ["echo.example.com", "ECHO.LAN"] {
                let session = try echo.session(to: name)
                #expect(try EchoLan.exchanges(session), "called \(name)")
            }
        }
    }

    @Test func `a name whose backend refuses is answered with 83`() throws {
        try EchoLan.with { echo in
            try self.expectRefusal(0x83, calling: Wire.sessionRequest("DEAD"), of: echo.router, on: echo.lan)
        }
    }

    @Test func `a suffix on which nothing is offered is answered with 80`() throws {
        try EchoLan.with { echo in
            let request = Wire.sessionRequest("ECHO", suffix: 0x03)
            try self.expectRefusal(0x80, calling: request, of: echo.router, on: echo.lan)
        }
    }

    @Test func `a client that is not allowed is answered with 81`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let backend = lan.servers[0].address
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([
                    Routes.route("DENIES", to: backend, "deny: [\(lan.client.address)]"),
                    Routes.route("ALLOWS", to: backend, "allow: [\(lan.stranger.address)/32]"),
                ])
            )
            for name in ["DENIES", "ALLOWS"] {
                try self.expectRefusal(0x81, calling: Wire.sessionRequest(name), of: router, on: lan)
                let stranger = try router.session(from: lan.stranger, to: name)
                #expect(try EchoLan.exchanges(stranger), "\(name) serves whom it does not deny")
            }
        }
    }

    @Test func `a client that the global deny list excludes is answered with 81 for every name, after a reload`()
        throws
    {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            func routes(_ access: String) -> String {
                let route = Routes.route("NAS", to: lan.servers[0].address, "allow: [\(Lan.network)]")
                return Routes.file([route], settings: "sessions: {\(access)}")
            }
            let router = try RouterProcess.start(on: lan.router, routes("deny: [\(lan.client.address)]"))
            for name in ["NAS", "NOBODY", "*SMBSERVER"] {
                try self.expectRefusal(0x81, calling: Wire.sessionRequest(name), of: router, on: lan)
            }
            let line = try router.logLine("the refusal of NAS") { $0["called"] == "NAS<20>" }
            #expect(line["route"] == nil, "refused before a route was looked for: \(line)")
            let held = try router.session(from: lan.stranger, to: "NAS")
            try router.reload(routes("allow: [\(lan.client.address)]"))
            #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "NAS")))
            let refused = try RawSession.connect(from: lan.stranger, to: lan.router.address)
            try refused.send(Wire.sessionRequest("NAS"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x81))
            #expect(try EchoLan.exchanges(held), "a session in progress goes on")
        }
    }

    @Test func `a backend that fails hands over to the next at once`() throws {
        try Lan.with { lan in
            _ = try RawServer.greeter(on: lan.servers[0], port: 447, saying: "second")
            let address = lan.servers[0].address
            let router = try RouterProcess.start(
                on: lan.router,
                "routes:\n  - name: TWO\n    backends: ['\(address):446', '\(address):447']\n"
            )
            let session = try router.session(from: lan.client, to: "TWO")
            #expect(try session.receive(exactly: 10) == Wire.message(Array("second".utf8)))
            session.close()
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["attempts"] == "2" && line["backend"] == "\(address):447", "\(line)")
        }
    }

    @Test func `a backend that does not answer costs the connect timeout and no more`() throws {
        try Lan.with { lan in
            // An unused address: no response for as long as the kernel resolves it.
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    [Routes.route("MUTE", to: "10.77.0.200:445")],
                    settings: "sessions: {connect_timeout: 500ms}"
                )
            )
            let start = ContinuousClock.now
            try self.expectRefusal(0x83, calling: Wire.sessionRequest("MUTE"), of: router, on: lan)
            let waited = ContinuousClock.now - start
            #expect(waited > .milliseconds(400) && waited < .seconds(2.5), "\(waited)")
        }
    }

    @Test func `a route's session limit is answered with 83, and a freed slot is available again`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("ONE", to: lan.servers[0].address, "max_sessions: 1")])
            )
            let first = try router.session(from: lan.client, to: "ONE")
            try self.expectRefusal(0x83, calling: Wire.sessionRequest("ONE"), of: router, on: lan)
            #expect(try EchoLan.exchanges(first))
            first.close()
            try router.logLine("the end of the first session") { $0["end"] == "client" }
            #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "ONE")))
        }
    }
}
