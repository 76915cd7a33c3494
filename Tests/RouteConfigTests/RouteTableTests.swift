import NetBIOS
import RouteConfig
import Testing

/// A call and its route.
struct SelectionCase: CustomTestStringConvertible, Sendable {
    var called: String
    var suffix: UInt8 = 0x20
    var scope = ""
    var local = IPv4Address(192, 0, 2, 1)
    /// The name of the route, or the refusal.
    var expected: String
    var reason: String

    var testDescription: String { "\(self.called)#\(self.suffix).\(self.scope)" }

    static let all: [SelectionCase] = [
        .init(called: "XYKON-2", expected: "XYKON-2", reason: "exactName"),
        .init(called: "xykon-2", expected: "XYKON-2", reason: "exactName"),
        .init(called: "OLDSRV", expected: "XYKON-2", reason: "exactName"),
        .init(called: "XYKON-2", suffix: 0, expected: "XYKON-2", reason: "exactName"),
        .init(called: "XYKON-2", suffix: 3, expected: "0x80", reason: "otherSuffix"),
        .init(called: "XYKON-2.exampl", expected: "XYKON-2", reason: "firstLabel(XYKON-2<20>)"),
        .init(called: "XYKON-2.exampl", suffix: 3, expected: "0x80", reason: "otherSuffix"),
        .init(called: "DOTTED.NAME", expected: "DOTTED.NAME", reason: "exactName"),
        .init(called: "XYKON-2", scope: "example.com", expected: "SCOPED", reason: "exactName"),
        .init(called: "XYKON-2", scope: "EXAMPLE.COM", expected: "SCOPED", reason: "exactName"),
        .init(called: "XYKON-2", scope: "other", expected: "0x82", reason: "noSuchName"),
        .init(called: "NOBODY", expected: "0x82", reason: "noSuchName"),
        .init(called: "*SMBSERVER", expected: "0x82", reason: "noDefaultRoute"),
        .init(
            called: "*SMBSERVER",
            local: IPv4Address(192, 0, 2, 50),
            expected: "ADDRESSED",
            reason: "address(192.0.2.50)"
        ),
        .init(
            called: "192.0.2.50",
            local: IPv4Address(192, 0, 2, 50),
            expected: "ADDRESSED",
            reason: "address(192.0.2.50)"
        ),
        .init(called: "192.0.2.50", expected: "0x82", reason: "noSuchName"),
    ]
}

/// The selection of routes.
struct RouteTableTests {
    private static let text = """
        routes:
          - {name: XYKON-2, aliases: OLDSRV, backend: a}
          - {name: SCOPED, aliases: XYKON-2, scope: example.com, backend: b}
          - {name: DOTTED.NAME, backend: c}
          - {name: DOTTED, backend: d}
          - {name: ADDRESSED, backend: e, address: 192.0.2.50}

        """

    /// The name that a client calls, also one that no route may have.
    private static func called(_ example: SelectionCase) throws -> QualifiedName {
        let suffix = Suffix(rawValue: example.suffix)
        let name = example.called == "*SMBSERVER" ? .anyServer : try NetBIOSName(example.called, suffix: suffix)
        return QualifiedName(name, scope: try Scope(example.scope))
    }

    /// The route's name and the reason, or the refusal's code and the reason.
    private static func words(_ selection: RouteSelection) -> [String] {
        switch selection {
        case .route(let route, .exactName): [route.name.text, "exactName"]
        case .route(let route, .firstLabel(let name)): [route.name.text, "firstLabel(\(name))"]
        case .route(let route, .address(let address)): [route.name.text, "address(\(address))"]
        case .route(let route, .defaultRoute): [route.name.text, "defaultRoute"]
        case .route(let route, .unknownName): [route.name.text, "unknownName"]
        case .refuse(let refusal, let reason): ["0x\(String(refusal.rawValue, radix: 16))", "\(reason)"]
        }
    }

    @Test(arguments: SelectionCase.all)
    func `a call is selected`(example: SelectionCase) throws {
        let table = RouteTable(try Fixture.configuration(Self.text))
        let selection = table.select(try Self.called(example), arrivedOn: example.local)
        #expect(Self.words(selection) == [example.expected, example.reason])
    }

    @Test func `a default route takes calls by address, and not those of unknown names`() throws {
        let table = RouteTable(try Fixture.configuration("default_route: oldsrv\n" + Self.text))
        let local = IPv4Address(192, 0, 2, 1)
        let byAddress = table.select(QualifiedName(.anyServer), arrivedOn: local)
        #expect(Self.words(byAddress) == ["XYKON-2", "defaultRoute"])
        let byText = table.select(QualifiedName(try NetBIOSName("192.0.2.1")), arrivedOn: local)
        #expect(Self.words(byText) == ["XYKON-2", "defaultRoute"])
        let unknown = table.select(QualifiedName(try NetBIOSName("NOBODY")), arrivedOn: local)
        #expect(Self.words(unknown) == ["0x82", "noSuchName"])
        let other = table.select(QualifiedName(.anyServer), arrivedOn: IPv4Address(192, 0, 2, 50))
        #expect(Self.words(other) == ["ADDRESSED", "address(192.0.2.50)"])
    }

    @Test func `unknown names go to the default route where the file says so`() throws {
        let text = "default_route: DOTTED\nsessions: {unknown_names: default}\n" + Self.text
        let table = RouteTable(try Fixture.configuration(text))
        let local = IPv4Address(192, 0, 2, 1)
        let unknown = table.select(QualifiedName(try NetBIOSName("NOBODY")), arrivedOn: local)
        #expect(Self.words(unknown) == ["DOTTED", "unknownName"])
        let suffix = table.select(QualifiedName(try NetBIOSName("XYKON-2", suffix: .messenger)), arrivedOn: local)
        #expect(Self.words(suffix) == ["0x80", "otherSuffix"])
    }

    @Test func `a client may call when it is allowed and not denied`() throws {
        let file = "routes:\n  - {name: A, backend: b, allow: 192.0.2.0/24, deny: 192.0.2.128/25}\n"
        let route = try #require(try Fixture.configuration(file).routes.first)
        #expect(route.access.admits(IPv4Address(192, 0, 2, 1)))
        #expect(!route.access.admits(IPv4Address(192, 0, 2, 200)))
        #expect(!route.access.admits(IPv4Address(198, 51, 100, 1)))
    }
}

/// The changes of a reload.
struct RouteTableChangesTests {
    private func changes(_ before: String, _ after: String) throws -> RouteTableChanges {
        try Fixture.configuration(before).changes(to: Fixture.configuration(after))
    }

    /// The first name of each route, sorted.
    private func names(_ ids: Set<Route.ID>) -> [String] { ids.map(\.description).sorted() }

    /// Names and suffixes, sorted.
    private func names(_ names: Set<AdvertisedName>) -> [String] { names.map(\.name.description).sorted() }

    @Test func `nothing changes between equal files, whatever the order and the case`() throws {
        let changes = try self.changes(
            "routes: [{name: A, backend: b}, {name: C, backend: d, scope: x}]",
            "routes: [{name: c, backend: d, scope: X}, {name: a, backend: b}]"
        )
        #expect(changes.addedRoutes.isEmpty && changes.removedRoutes.isEmpty && changes.changedRoutes.isEmpty)
        #expect(changes.claimedNames.isEmpty && changes.releasedNames.isEmpty)
    }

    @Test func `a route that is added claims its names, one that is removed releases them`() throws {
        let changes = try self.changes(
            "routes: [{name: A, backend: b}, {name: C, backend: d}]",
            "routes: [{name: A, backend: b}, {name: E, aliases: F, backend: d, suffixes: 0x20}]"
        )
        #expect(self.names(changes.addedRoutes) == ["E<20>"])
        #expect(self.names(changes.removedRoutes) == ["C<20>"])
        #expect(changes.changedRoutes.isEmpty)
        #expect(self.names(changes.claimedNames) == ["E<20>", "F<20>"])
        #expect(self.names(changes.releasedNames) == ["C<00>", "C<20>"])
    }

    @Test func `names that sessions call are advertised first, the workgroup last`() throws {
        let file = "routes: [{name: A, backend: b}, {name: C, aliases: [D], backend: d, suffixes: [0x00, 0x20]}]"
        let names = try Fixture.configuration(file).advertisedNames.map(\.name.description)
        #expect(names == ["A<20>", "C<20>", "D<20>", "A<00>", "C<00>", "D<00>", "WORKGROUP<00>"])
    }

    @Test func `another backend changes a route and touches no name`() throws {
        let changes = try self.changes("routes: [{name: A, backend: b}]", "routes: [{name: A, backend: c}]")
        #expect(self.names(changes.changedRoutes) == ["A<20>"])
        #expect(changes.claimedNames.isEmpty && changes.releasedNames.isEmpty)
    }

    @Test func `a name in another scope is another name, and the workgroup follows`() throws {
        let changes = try self.changes(
            "routes: [{name: A, backend: b, suffixes: 0x20}]",
            "routes: [{name: A, backend: b, suffixes: 0x20, scope: x}]"
        )
        #expect(self.names(changes.addedRoutes) == ["A<20>.x"])
        #expect(self.names(changes.claimedNames) == ["A<20>.x", "WORKGROUP<00>.x"])
        #expect(self.names(changes.releasedNames) == ["A<20>", "WORKGROUP<00>"])
    }

    @Test func `another address claims the name again`() throws {
        let changes = try self.changes(
            "routes: [{name: A, backend: b, suffixes: 0x20}]",
            "routes: [{name: A, backend: b, suffixes: 0x20, address: 192.0.2.50}]"
        )
        #expect(self.names(changes.claimedNames) == ["A<20>"])
        #expect(self.names(changes.releasedNames) == ["A<20>"])
    }

    @Test func `routes with one name and two suffixes are compared together`() throws {
        let one = "routes: [{name: A, backend: b, suffixes: 0x20}, {name: A, backend: b, suffixes: 0x00}]"
        let two = "routes: [{name: A, backend: b, suffixes: 0x20}, {name: A, backend: c, suffixes: 0x00}]"
        let changes = try self.changes(one, two)
        #expect(self.names(changes.changedRoutes) == ["A<20>"])
        #expect(try self.changes(one, one).changedRoutes.isEmpty)
    }
}
