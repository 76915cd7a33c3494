import NetBIOS
import RouteConfig
import Testing

struct RouteExplanationTests {
    private let table: RouteTable

    init() throws {
        var first = Route(name: try NetBIOSName("XYKON-2"), backends: [Backend(host: "nas1"), Backend(host: "nas2")])
        first.access.allow = [IPv4Network(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24)].compactMap(\.self)
        first.access.deny = [IPv4Network(containing: IPv4Address(192, 0, 2, 9), prefixLength: 32)].compactMap(\.self)
        var second = Route(
            name: try NetBIOSName("XYKON-2"),
            scope: try Scope("example.com"),
            backends: [Backend(host: "nas3")]
        )
        second.address = IPv4Address(192, 0, 2, 50)
        second.suffixes = [.fileServer]
        self.table = RouteTable(RouterConfiguration(routes: [first, second]))
    }

    private func explain(
        _ name: String,
        scope: String = "",
        from client: IPv4Address? = nil,
        to local: IPv4Address? = nil
    ) throws -> RouteExplanation {
        let called = try QualifiedName(notation: name, scope: try Scope(scope))
        return RouteExplanation(of: called, from: client, to: local, in: self.table)
    }

    @Test func `a name of a route: its backends, and whom 'allow' admits`() throws {
        let anybody = try self.explain("xykon-2")
        #expect(anybody.refusal == nil)
        #expect(
            anybody.steps == [
                "XYKON-2<20> is a name of route XYKON-2.",
                "The route has `allow` or `deny`, which depend on the client: see `--from`.",
                "The backends are tried in this order: nas1:445, nas2:445.",
            ]
        )
        let admitted = try self.explain("XYKON-2", from: IPv4Address(192, 0, 2, 7))
        #expect(admitted.steps[1] == "The client 192.0.2.7 is in 192.0.2.0/24, which `allow` lists.")
        #expect(admitted.refusal == nil)
        let denied = try self.explain("XYKON-2", from: IPv4Address(192, 0, 2, 9))
        #expect(denied.steps.last == "The client 192.0.2.9 is in 192.0.2.9/32, which `deny` lists.")
        #expect(denied.refusal == .notListeningForCallingName)
        let stranger = try self.explain("XYKON-2", from: IPv4Address(198, 51, 100, 1))
        #expect(stranger.steps.last == "The client 198.51.100.1 is in no network that `allow` lists.")
    }

    @Test func `a client without access is refused before anything else, whatever the name`() throws {
        var configuration = self.table.configuration
        configuration.sessions.access.deny = [
            IPv4Network(containing: IPv4Address(192, 0, 2, 0), prefixLength: 28)
        ]
        .compactMap(\.self)
        let table = RouteTable(configuration)
        for name in ["XYKON-2", "NOBODY"] {
            let called = try QualifiedName(notation: name)
            let denied = RouteExplanation(of: called, from: IPv4Address(192, 0, 2, 7), to: nil, in: table)
            #expect(denied.steps == ["The client 192.0.2.7 is in 192.0.2.0/28, which `sessions.deny` lists."])
            #expect(denied.refusal == .notListeningForCallingName && denied.route == nil)
        }
        let called = try QualifiedName(notation: "XYKON-2")
        #expect(RouteExplanation(of: called, from: IPv4Address(192, 0, 2, 70), to: nil, in: table).refusal == nil)
        #expect(
            RouteExplanation(of: called, from: nil, to: nil, in: table).steps.contains(
                "`sessions` has `allow` or `deny`, which depend on the client: see `--from`."
            )
        )
    }

    @Test func `calls by address: the route whose address was called, else none`() throws {
        let called = try self.explain("*SMBSERVER", to: IPv4Address(192, 0, 2, 50))
        #expect(called.route?.backends.map(\.host) == ["nas3"])
        #expect(called.steps[0] == "*SMBSERVER<20> is a call by address, and route XYKON-2 has the address 192.0.2.50.")
        let other = try self.explain("*SMBSERVER", to: IPv4Address(192, 0, 2, 51))
        #expect(other.refusal == .calledNameNotPresent)
        #expect(other.steps.count == 1)
    }

    @Test func `a DNS name: its first label`() throws {
        let explanation = try self.explain("xykon-2.corp")
        #expect(explanation.route?.name.text == "XYKON-2")
        #expect(explanation.steps[0].contains("but its first label, XYKON-2<20>, is a name of route XYKON-2"))
    }

    @Test func `an unknown name: the other scope or suffix is mentioned`() throws {
        let scope = try self.explain("XYKON-2", scope: "other.example")
        #expect(scope.refusal == .calledNameNotPresent)
        #expect(
            scope.steps == ["No route has XYKON-2<20>.other.example; there is one of that name in the empty scope."]
        )
        let suffix = try self.explain("XYKON-2<00>", scope: "example.com")
        #expect(suffix.refusal == .notListeningOnCalledName)
        let unknown = try self.explain("NOBODY")
        #expect(unknown.steps == ["No route has NOBODY<20>."])
    }
}
