import Testing

/// The assumptions of the other tests: the network, and Samba on it.
@Suite(.serialized)
struct SambaWithoutRouterTests {
    @Test func `a server that listens on 445 alone serves its own share, and nothing answers for its name`() throws {
        try Lan.with(servers: 2) { lan in
            for (index, host) in lan.servers.enumerated() {
                _ = try SambaServer(on: host, greeting: "server \(index)\n")
                #expect(try !host.hasSocket(.tcp, port: 139))
            }
            for (index, host) in lan.servers.enumerated() {
                let direct = SambaClient(host: lan.client, port: 445)
                #expect(try direct.greeting(of: host.address) == "server \(index)\n")
            }
            let lookup = try SambaClient(host: lan.client).nmblookup("SERVER1")
            #expect(!lookup.succeeded, "\(lookup)")
        }
    }

    @Test(arguments: ["NT1", "SMB2_02", "SMB2_10", "SMB3_00", "SMB3_11"])
    func `the client and the server agree on the one dialect that a test asks for`(dialect: String) throws {
        try Lan.with { lan in
            _ = try SambaServer(on: lan.servers[0], greeting: "hello")
            var client = SambaClient(host: lan.client, port: 445)
            client.dialect = dialect
            #expect(try client.greeting(of: lan.servers[0].address) == "hello")
        }
    }
}
