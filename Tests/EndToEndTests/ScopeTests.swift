import Testing

/// One name in two NetBIOS scopes is two names.
@Suite(.serialized)
struct ScopeTests {
    @Test func `the same name in two scopes is found in each and reaches two servers`() throws {
        try Lan.with(servers: 2) { lan in
            let scopes = ["alpha.example", "beta.example"]
            for (scope, host) in zip(scopes, lan.servers) { _ = try SambaServer(on: host, greeting: scope) }
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file(
                    zip(scopes, lan.servers).map { Routes.route("XYKON-2", to: "\($1.address)", "scope: \($0)") }
                )
            )
            for scope in scopes { try router.owns("XYKON-2", scope: scope) }
            for scope in scopes {
                let client = SambaClient(host: lan.client, scope: scope)
                let lookup = try client.nmblookup("XYKON-2#20")
                #expect(lookup.succeeded && lookup.output.contains("\(lan.router.address) XYKON-2"), "\(lookup)")
                #expect(try client.greeting(of: "XYKON-2") == scope)
            }
        }
    }

    @Test func `a name in a scope does not exist outside of it`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("XYKON-2", to: lan.servers[0].address, "scope: alpha.example")])
            )
            try router.owns("XYKON-2", scope: "alpha.example")
            for scope in ["", "beta.example", "alpha.example.com"] {
                let lookup = try SambaClient(host: lan.client, scope: scope).nmblookup("XYKON-2#20")
                #expect(!lookup.succeeded, "\(lookup)")
                let session = try RawSession.connect(from: lan.client, to: lan.router.address)
                try session.send(Wire.sessionRequest("XYKON-2", scope: scope))
                #expect(try session.receiveToEnd() == Wire.negativeResponse(0x82))
            }
        }
    }
}
