import NetBIOS
import RouteConfig
import Testing

/// The output of `nbrouter schema` agrees with the table and the loader.
struct JSONSchemaTests {
    /// Read once, as every case of every test needs them.
    private static let checkerOrNil = SchemaChecker()

    private let checker: SchemaChecker

    init() throws {
        self.checker = try #require(Self.checkerOrNil, "the schema is not JSON")
    }

    // MARK: - Keys

    @Test func `the schema has the keys of the table and no others`() {
        #expect(self.checker.paths.sorted() == KeyTable.keys.map(\.path).sorted())
    }

    @Test(arguments: KeyTable.keys)
    func `description and default of a key are the table's`(key: Key) throws {
        let schema = try #require(self.checker.schema(of: key))
        #expect(schema["description"] == .string(key.help))
        guard let text = key.defaultText else {
            #expect(schema["default"] == nil)
            return
        }
        // Suffixes are texts, since a number would be inserted without its `0x`.
        let written = key.path == "routes.suffixes" ? #"["0x20", "0x00"]"# : text
        #expect(schema["default"] == EditorValue(text: written, version: .yaml12))
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

    @Test(arguments: KeyTable.keys)
    func `the schema accepts every value that the loader accepts`(key: Key) {
        var taken = 0
        for text in Self.texts + [key.defaultText ?? "A"] {
            for written in [text, "[\(text)]", "\"\(text)\""] {
                let file = KeyTableTests.file(key, written)
                let result = ConfigurationReader.load(text: file, name: "routes.yaml")
                guard result.verdict == .valid else { continue }
                taken += 1
                #expect(self.checker.problems(inFile: file) == [], "\(file)")
            }
        }
        let isMapping =
            switch key.type {
            case .section, .mappings: true
            default: key.path == "include"
            }
        #expect(taken > 0 || isMapping, "none of the texts fits \(key.path)")
    }

    @Test(arguments: KeyTable.keys)
    func `an empty value or list of a key is valid where the loader takes it`(key: Key) {
        for text in ["", "[]"] where !["routes", "include", "routes.backend"].contains(key.path) {
            let file = KeyTableTests.file(key, text)
            let isTaken = ConfigurationReader.load(text: file, name: "routes.yaml").configuration != nil
            // Names may look like nothing: `~` and `null`.
            let isNull = text.isEmpty && self.checker.takesNull(key)
            #expect(self.checker.problems(inFile: file).isEmpty == isTaken || isNull, "\(file)")
        }
    }

    @Test func `names may have exactly the characters of the schema`() throws {
        let key = try #require(Self.key("routes.name"))
        for byte in UInt8(0x20)...0x7E {
            for text in ["\(Character(UnicodeScalar(byte)))", "A\(Character(UnicodeScalar(byte)))A"] {
                let file = KeyTableTests.file(key, "'" + text.replacing("'", with: "''") + "'")
                let isName = (try? NetBIOSName(text)) != nil
                #expect(self.checker.problems(inFile: file).isEmpty == isName, "\(text)")
            }
        }
    }

    @Test(arguments: [
        ("listen.addresses", "192.0.2.256"),
        ("listen.addresses", "[192.0.2.1, '::1']"),
        ("listen.session_port", "0"),
        ("listen.session_port", "65536"),
        ("listen.session_port", "ssh"),
        ("listen.interfaces", "'eth 0'"),
        ("names.node_type", "b"),
        ("names.ttl", "3"),
        ("names.ttl", "0s"),
        ("names.ttl", "none"),
        ("names.claim_rate", "10001"),
        ("names.claim_rate", "none"),
        ("names.announce", "maybe"),
        ("sessions.idle_timeout", "10 s"),
        ("sessions.max_sessions", "0"),
        ("sessions.max_sessions", "many"),
        ("control", "nbrouter.sock"),
        ("metrics", "9137"),
        ("metrics", "'::1:9137'"),
        ("routes", "XYKON-2"),
        ("routes", "[XYKON-2]"),
        ("routes.name", "SIXTEEN-LETTERS-"),
        ("routes.name", "[A, B]"),
        ("routes.aliases", "[A, 'B:C']"),
        ("routes.scope", "a..b"),
        ("routes.suffixes", "256"),
        ("routes.suffixes", "0x100"),
        ("routes.suffixes", "20h"),
        ("routes.backend", "nas1/share"),
        ("routes.backends", "['nas1, nas2']"),
        ("routes.backends", "[\((1...65).map { "b\($0)" }.joined(separator: ", "))]"),
        ("routes.allow", "192.0.2.0/33"),
        ("routes.deny", "192.0.2.0/255.255.255.0"),
        ("routes.on_remove", "Keep"),
        ("routes.address", "[192.0.2.1]"),
        ("include", "{}"),
    ])
    func `the loader refuses every value that the schema refuses`(path: String, text: String) throws {
        let key = try #require(Self.key(path))
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

    private static func key(_ path: String) -> Key? { KeyTable.keys.first { $0.path == path } }

    /// Scalars that look like other types, and values of every kind.
    private static let texts = [
        "NO", "on", "y", "true", "False", "null", "~", "0123", "0x20", "0X0", "0b11", "1e3", "1_000", "-1", "0", "20",
        "22:22", "1.5", ".5", ".inf", ".nan", "none", "A", "a.b", "1s", "0010ms", "250ms", "365d", "999999999", "65535",
        "1000000", "192.0.2.1", "192.0.2.77/24", "0.0.0.0", "0.0.0.0/0", "255.255.255.255/32", "::1", "[::1]:445",
        "fe80::1%eth0", "h:445", "a-b_c.example.com.", "127.0.0.1:9137", "[::1]:9137", "/run/x.sock", "/a b", "tcp",
        "client", "close", "point", "default", "round_robin", "A B", "{}", "eth0.1@x", "<<", "2026-11-23", "=",
    ]
}
