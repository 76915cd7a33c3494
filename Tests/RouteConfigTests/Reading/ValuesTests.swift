import NetBIOS
import RouteConfig
import Testing

/// The configuration of a valid file.
struct ValuesTests {
    @Test func `the smallest file has every default`() throws {
        let configuration = try Fixture.configuration("routes:\n  - name: XYKON-2\n    backend: 192.0.2.10\n")
        let route = Route(name: try NetBIOSName("XYKON-2"), backends: [Backend(host: "192.0.2.10", port: 445)])
        #expect(configuration == RouterConfiguration(routes: [route]))
        #expect(configuration.listen.addresses == [.any])
        #expect(configuration.names.workgroup == (try NetBIOSName("WORKGROUP", suffix: .workstation)))
        #expect(route.suffixes == [.fileServer, .workstation])
    }

    @Test func `every key of the file is read`() throws {
        let configuration = try Fixture.configuration(Fixture.full)
        #expect(configuration.listen.addresses == [IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 2)])
        #expect(configuration.listen.sessionPort == 1139)
        #expect(configuration.listen.namePort == 1137)
        #expect(configuration.listen.datagramPort == 1138)
        let network = try #require(IPv4Network(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24))
        #expect(configuration.listen.interfaces == [.name("eth0"), .network(network)])
        #expect(configuration.names.nodeType == .hybrid)
        #expect(configuration.names.winsServers == [IPv4Address(198, 51, 100, 1), IPv4Address(198, 51, 100, 2)])
        #expect(configuration.names.workgroup == (try NetBIOSName("SITE", suffix: .workstation)))
        #expect(configuration.names.ttl == .seconds(7200))
        #expect(configuration.names.claimRate == 50)
        #expect(configuration.names.announce)
        #expect(configuration.sessions.requestTimeout == .milliseconds(250))
        #expect(configuration.sessions.connectTimeout == nil)
        #expect(configuration.sessions.idleTimeout == .seconds(300))
        #expect(configuration.sessions.maxSessions == nil)
        #expect(configuration.sessions.maxSessionsPerClient == 7)
        #expect(configuration.sessions.maxPending == 9)
        #expect(configuration.sessions.unknownNames == .defaultRoute)
        #expect(configuration.sessions.access.allow?.map(\.description) == ["192.0.2.0/24", "10.0.0.0/8"])
        #expect(configuration.sessions.access.deny.map(\.description) == ["10.1.0.0/16"])
        #expect(configuration.defaultRoute == configuration.routes.first?.id)
        #expect(configuration.control == "/tmp/control.sock")
        #expect(configuration.metrics == MetricsEndpoint(host: "::1", port: 9137))
    }

    @Test func `every key of a route is read`() throws {
        let routes = try Fixture.configuration(Fixture.full).routes
        let first = try #require(routes.first)
        let second = try #require(routes.last)
        #expect(routes.count == 2)
        #expect(first.name == (try NetBIOSName("XYKON-2")))
        #expect(first.aliases == [try NetBIOSName("OLDSRV"), try NetBIOSName("SCANS")])
        #expect(first.scope == (try Scope("example.com")))
        #expect(first.suffixes == [.fileServer, .messenger])
        #expect(first.backends == [Backend(host: "nas1.example.com", port: 1445)])
        #expect(first.balance == .failover)
        #expect(first.address == IPv4Address(192, 0, 2, 50))
        #expect(first.healthCheck == .smb)
        #expect(first.healthInterval == .seconds(3 * 86400))
        #expect(first.source == .client)
        #expect(first.access.allow?.map(\.description) == ["192.0.2.0/24", "198.51.100.7/32"])
        #expect(first.access.deny.map(\.description) == ["192.0.2.128/25"])
        #expect(first.maxSessions == 12)
        #expect(first.onRemove == .close)
        #expect(second.name.text == "SECOND")
        #expect(
            second.backends.map(\.description) == [
                "nas1:445", "[2001:db8::1]:446", "[2001:db8::2]:445", "10.0.0.1:445",
            ]
        )
        #expect(second.balance == .leastSessions)
        #expect(second.maxSessions == nil)
        #expect(second.access.allow == nil)
    }

    @Test func `none leaves out the workgroup, the control socket, metrics and the default route`() throws {
        let configuration = try Fixture.configuration(
            """
            names: {workgroup: none}
            control: none
            metrics: none
            default_route: none
            routes: [{name: A, backend: b}]
            """
        )
        #expect(configuration.names.workgroup == nil)
        #expect(configuration.control == nil)
        #expect(configuration.metrics == nil)
        #expect(configuration.defaultRoute == nil)
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("10s", .seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7200)),
        ("3d", .seconds(259_200)), ("365d", .seconds(31_536_000)), ("1ms", .milliseconds(1)),
    ])
    func `durations have a number and a unit`(text: String, duration: Duration) throws {
        let file = "sessions: {idle_timeout: \(text)}\nroutes: [{name: A, backend: b}]\n"
        #expect(try Fixture.configuration(file).sessions.idleTimeout == duration)
    }

    @Test(arguments: [
        ("nas", "nas", UInt16(445)), ("nas:1445", "nas", 1445), ("my_nas.example.com.", "my_nas.example.com.", 445),
        ("192.0.2.1:1", "192.0.2.1", 1), ("\"[2001:db8::1]:65535\"", "2001:db8::1", 65535),
        ("\"[2001:db8::1]\"", "2001:db8::1", 445), ("2001:db8::1", "2001:db8::1", 445), ("\"::1\"", "::1", 445),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1", 445), ("fe80::1%eth0", "fe80::1%eth0", 445),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 445), ("NO", "NO", 445), ("0x10", "0x10", 445), ("none", "none", 445),
    ])
    func `backends are hosts with or without a port`(text: String, host: String, port: UInt16) throws {
        let file = "routes:\n  - name: A\n    backend: \(text)\n"
        #expect(try Fixture.configuration(file).routes.first?.backends == [Backend(host: host, port: port)])
    }

    @Test func `a route may have 64 backends, and entries that are there twice count`() throws {
        func file(_ hosts: [String]) -> String {
            "routes: [{name: A, backends: [\(hosts.joined(separator: ", "))]}]\n"
        }
        let hosts = (1...64).map { "nas\($0)" }
        #expect(try Fixture.configuration(file(hosts)).routes.first?.backends.map(\.host) == hosts)
        #expect(Fixture.codes(file(hosts + ["nas1"])) == [.tooManyBackends, .duplicateEntry])
        #expect(Fixture.codes(file(hosts + ["nas65", "nas66"])) == [.tooManyBackends])
    }

    @Test(arguments: [
        ("0x20", [Suffix.fileServer]), ("[0x20]", [.fileServer]),
        ("[0x20, 0X1b, 0x0]", [.fileServer, .domainMasterBrowser, .workstation]),
    ])
    func `suffixes are written in hexadecimal, one also without brackets`(text: String, suffixes: [Suffix]) throws {
        let file = "routes:\n  - name: A\n    backend: b\n    suffixes: \(text)\n"
        #expect(try Fixture.configuration(file).routes.first?.suffixes == suffixes)
    }

    @Test func `one entry may stand without brackets in every list`() throws {
        let file = """
            listen: {addresses: 192.0.2.1, interfaces: eth0}
            routes:
              - {name: A, backends: nas, aliases: B, allow: 192.0.2.9, deny: 10.0.0.0/8}
            """
        let configuration = try Fixture.configuration(file)
        #expect(configuration.listen.addresses == [IPv4Address(192, 0, 2, 1)])
        #expect(configuration.routes.first?.aliases.map(\.text) == ["B"])
        #expect(configuration.routes.first?.access.allow?.map(\.description) == ["192.0.2.9/32"])
    }

    @Test func `one name may be in two scopes, and on two suffixes`() throws {
        let configuration = try Fixture.configuration(
            """
            names: {workgroup: none}
            default_route: a
            routes:
              - {name: A, backend: x, scope: one.example, suffixes: 0x20}
              - {name: A, backend: y, suffixes: 0x20}
              - {name: A, backend: z, suffixes: 0x00}
            """
        )
        #expect(configuration.nameCount == 2)
        #expect(configuration.scopeCount == 2)
        #expect(configuration.defaultRoute == configuration.routes[1].id)
    }

    @Test func `a section without keys has its defaults`() throws {
        let file = "listen:\nnames:\n  # workgroup: X\nsessions:\nroutes:\n  - {name: A, backend: b}\n"
        let configuration = try Fixture.configuration(file)
        #expect(configuration.listen == ListenSettings())
        #expect(configuration.names == NameSettings())
        #expect(configuration.sessions == SessionSettings())
    }

    @Test func `the summary counts routes, names and scopes`() {
        let one = ConfigurationReader.load(text: "routes: [{name: A, backend: b}]", name: "/etc/x.yaml")
        #expect(one.summary == "/etc/x.yaml: valid: 1 route, 1 name, 1 scope")
        let file =
            "routes: [{name: A, aliases: [B, C], backend: b}, {name: A, backend: b, scope: x, deny: [10.0.0.1/8]}]"
        let two = ConfigurationReader.load(text: file, name: "routes.yaml")
        #expect(two.summary == "routes.yaml: valid: 2 routes, 4 names, 2 scopes, 1 warning")
        let bad = ConfigurationReader.load(text: "routes: []\nx: 1\ny: 2\n", name: "routes.yaml")
        #expect(bad.summary == "routes.yaml: invalid: 3 errors")
    }
}
