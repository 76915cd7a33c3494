import NetBIOS
import RouteConfig
import Testing

/// What `nbrouter schema` prints agrees with the loader, and the manual page with both.
struct JSONSchemaTests {
    /// Read once, as every case of every test needs them.
    private static let checkerOrNil = SchemaChecker()
    private static let pageOrNil = ManualPage(path: "man/routes.yaml.5")

    private let checker: SchemaChecker
    private let page: ManualPage

    init() throws {
        self.checker = try #require(Self.checkerOrNil, "the schema is not JSON")
        self.page = try #require(Self.pageOrNil)
    }

    // MARK: - Keys

    @Test func `the schema has the keys of the table and no others`() {
        #expect(self.checker.paths.sorted() == Key.allCases.map(\.rawValue).sorted())
    }

    @Test func `the manual page has the keys of the table and no others, in its order`() {
        for section in KeySection.allCases {
            // Those whose value is a section have a heading of their own.
            let keys = KeyTable.keys(in: section).filter { key in
                if case .section = KeyTable.description(of: key).type { false } else { true }
            }
            let listed = self.page.entries.filter { $0.section == section }.map(\.name)
            #expect(listed.sorted() == keys.map(\.name).sorted(), "\(section)")
            if section != .file { #expect(listed == keys.map(\.name), "\(section)") }
        }
    }

    @Test(arguments: Key.allCases)
    func `description and default of a key are the table's`(key: Key) throws {
        let schema = try #require(self.checker.schema(of: key))
        let description = KeyTable.description(of: key)
        #expect(schema["description"] == .string(description.help))
        guard let text = description.defaultText else {
            #expect(schema["default"] == nil)
            return
        }
        // Suffixes are texts, since a number would be inserted without its `0x`.
        let written = key == .routeSuffixes ? #"["0x20", "0x00"]"# : text
        #expect(schema["default"] == EditorValue(text: written, version: .yaml12))
    }

    @Test(arguments: Key.allCases)
    func `default and words of a key on the manual page are the table's`(key: Key) throws {
        guard let entry = self.page.entries.first(where: { $0.section == key.section && $0.name == key.name }) else {
            return
        }
        let description = KeyTable.description(of: key)
        switch description.type {
        case .choice(let words): #expect(entry.words == words)
        case .boolean: #expect(entry.words == ["true", "false"])
        default: #expect(entry.words.isEmpty)
        }
        #expect(entry.defaultText == description.defaultText)
    }

    // MARK: - Values

    @Test(arguments: ["full.yaml", "minimal.yaml", "scopes.yaml", "routes.d/laboratory.yaml"])
    func `an example is valid, whichever YAML an editor knows, and names the schema`(name: String) throws {
        let text = try #require(Repository.text(of: "examples/" + name))
        #expect(self.checker.problems(inFile: text) == [])
        let schema = name.contains("/") ? "../routes.schema.json" : "routes.schema.json"
        #expect(text.hasPrefix("# yaml-language-server: $schema=\(schema)\n"))
    }

    @Test func `a file with a value for every key is valid`() {
        #expect(self.checker.problems(inFile: Fixture.full) == [])
    }

    @Test(arguments: Key.allCases)
    func `whatever the loader takes for a key, the schema takes`(key: Key) {
        var taken = 0
        for text in Self.texts + [KeyTable.description(of: key).defaultText ?? "A"] {
            for written in [text, "[\(text)]", "\"\(text)\""] {
                let file = KeyTableTests.file(key, written)
                let result = ConfigurationReader.load(text: file, name: "routes.yaml")
                guard result.verdict == .valid else { continue }
                taken += 1
                #expect(self.checker.problems(inFile: file) == [], "\(file)")
            }
        }
        let isMapping = key == .listen || key == .names || key == .sessions || key == .routes || key == .include
        #expect(taken > 0 || isMapping, "none of the texts fits \(key.rawValue)")
    }

    @Test(arguments: Key.allCases)
    func `an empty value or list of a key is valid where the loader takes it`(key: Key) {
        for text in ["", "[]"] where key != .routes && key != .include && key != .routeBackend {
            let file = KeyTableTests.file(key, text)
            let isTaken = ConfigurationReader.load(text: file, name: "routes.yaml").configuration != nil
            // Names may look like nothing: `~` and `null`.
            let isNull = text.isEmpty && self.checker.takesNull(key)
            #expect(self.checker.problems(inFile: file).isEmpty == isTaken || isNull, "\(file)")
        }
    }

    @Test func `names may have the characters that the schema says`() {
        for byte in UInt8(0x20)...0x7E {
            for text in ["\(Character(UnicodeScalar(byte)))", "A\(Character(UnicodeScalar(byte)))A"] {
                let file = KeyTableTests.file(.routeName, "'" + text.replacing("'", with: "''") + "'")
                let isName = (try? NetBIOSName(text)) != nil
                #expect(self.checker.problems(inFile: file).isEmpty == isName, "\(text)")
            }
        }
    }

    @Test(arguments: [
        (Key.listenAddresses, "192.0.2.256"), (.listenAddresses, "[192.0.2.1, '::1']"), (.listenSessionPort, "0"),
        (.listenSessionPort, "65536"), (.listenSessionPort, "ssh"), (.listenInterfaces, "'eth 0'"),
        (.namesNodeType, "b"), (.namesTTL, "3"), (.namesTTL, "0s"), (.namesTTL, "none"), (.namesClaimRate, "10001"),
        (.namesClaimRate, "none"), (.namesAnnounce, "maybe"), (.sessionsIdleTimeout, "10 s"),
        (.sessionsMaxSessions, "0"), (.sessionsMaxSessions, "many"), (.control, "nbrouter.sock"), (.metrics, "9137"),
        (.metrics, "'::1:9137'"), (.routes, "XYKON-2"), (.routes, "[XYKON-2]"), (.routeName, "SIXTEEN-LETTERS-"),
        (.routeName, "[A, B]"), (.routeAliases, "[A, 'B:C']"), (.routeScope, "a..b"), (.routeSuffixes, "256"),
        (.routeSuffixes, "0x100"), (.routeSuffixes, "20h"), (.routeBackend, "nas1/share"),
        (.routeBackends, "['nas1, nas2']"), (.routeAllow, "192.0.2.0/33"), (.routeDeny, "192.0.2.0/255.255.255.0"),
        (.routeOnRemove, "Keep"), (.routeAddress, "[192.0.2.1]"), (.include, "{}"),
    ])
    func `what the schema refuses, the loader refuses`(key: Key, text: String) {
        let file = KeyTableTests.file(key, text)
        #expect(!self.checker.problems(inFile: file).isEmpty, "\(file)")
        #expect(ConfigurationReader.load(text: file, name: "routes.yaml").verdict == .invalid, "\(file)")
    }

    @Test(arguments: [
        "listen:\n  session_port: 139\n", "routes:\n  - backend: b\n", "routes:\n  - name: A\n",
        "routes:\n  - name: A\n    backend: b\n    backends: [b, c]\n",
        "routes:\n  - name: A\n    backend: b\nrout: []\n",
        "routes:\n  - name: A\n    backend: b\n    alias: B\n",
        "listen:\n  port: 1\nroutes:\n  - name: A\n    backend: b\n",
    ])
    func `keys that are missing, unknown or one too many are refused`(file: String) {
        #expect(!self.checker.problems(inFile: file).isEmpty, "\(file)")
        #expect(ConfigurationReader.load(text: file, name: "routes.yaml").verdict == .invalid, "\(file)")
    }

    /// Scalars that look like other types, and values of every kind.
    private static let texts = [
        "NO", "on", "y", "true", "False", "null", "~", "0123", "0x20", "0X0", "0b11", "1e3", "1_000", "-1", "0", "20",
        "22:22", "1.5", ".5", ".inf", ".nan", "none", "A", "a.b", "1s", "0010ms", "250ms", "365d", "999999999", "65535",
        "1000000", "192.0.2.1", "192.0.2.77/24", "0.0.0.0", "0.0.0.0/0", "255.255.255.255/32", "::1", "[::1]:445",
        "fe80::1%eth0", "h:445", "a-b_c.example.com.", "127.0.0.1:9137", "[::1]:9137", "/run/x.sock", "/a b", "tcp",
        "client", "close", "point", "default", "round_robin", "A B", "{}", "eth0.1@x", "<<", "2026-11-23", "=",
    ]
}
