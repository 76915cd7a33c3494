import RouteConfig
import Testing

/// The key table and the reader know the same keys.
struct KeyTableTests {
    /// A file that is valid but for `text` at the place of `key`.
    static func file(_ key: Key, _ text: String) -> String {
        let route = "  - name: A\n    backend: b\n"
        switch key.section {
        case .file where key == .routes: return "routes: \(text)\n"
        case .file: return "\(key.name): \(text)\nroutes:\n\(route)"
        case .listen, .names, .sessions: return "\(key.section.rawValue):\n  \(key.name): \(text)\nroutes:\n\(route)"
        case .route where key == .routeName: return "routes:\n  - backend: b\n    name: \(text)\n"
        case .route where key == .routeBackend: return "routes:\n  - name: A\n    backend: \(text)\n"
        case .route where key == .routeBackends: return "routes:\n  - name: A\n    backends: \(text)\n"
        case .route: return "routes:\n\(route)    \(key.name): \(text)\n"
        }
    }

    @Test(arguments: Key.allCases)
    func `every key of the table is read`(key: Key) throws {
        // No key takes a list of lists.
        let result = ConfigurationReader.load(text: Self.file(key, "[[[]]]"), name: "routes.yaml")
        let diagnostic = try #require(result.diagnostics.first, "nothing reads \(key.rawValue)")
        #expect(diagnostic.code == .wrongType, "\(result.rendered())")
        #expect(result.diagnostics.count == 1, "\(result.rendered())")
    }

    @Test(arguments: Key.allCases)
    func `every default of the table is what the reader takes`(key: Key) throws {
        guard let text = KeyTable.description(of: key).defaultText else { return }
        // A route without `suffixes` and one with the default are the same, and so on.
        let result = ConfigurationReader.load(text: Self.file(key, text), name: "routes.yaml")
        let configuration = try #require(result.configuration, "\(result.rendered())")
        let plain = try Fixture.configuration("routes:\n  - name: A\n    backend: b\n")
        #expect(configuration == plain)
    }

    @Test(arguments: KeySection.allCases)
    func `a key that the table does not have is unknown in every section`(section: KeySection) throws {
        let key = try #require(KeyTable.keys(in: section).last { $0 != .routes && $0 != .include })
        let file = Self.file(key, "x").replacing("\(key.name):", with: "zzzzzzzz:")
        #expect(Fixture.codes(file) == [.unknownKey])
    }

    @Test(arguments: Key.allCases)
    func `a key with one letter missing is suggested, and makes one report`(key: Key) throws {
        // Without its last but one; `backens` would be as near to the other key.
        let misspelt = key == .routeBackends ? "bakends" : String(key.name.dropLast(2) + key.name.suffix(1))
        let text = KeyTable.description(of: key).defaultText ?? (key == .routeName ? "X" : "")
        let file = Self.file(key, text).replacing("\(key.name):", with: "\(misspelt):")
        let result = ConfigurationReader.load(text: file, name: "routes.yaml")
        let unknown = result.diagnostics.filter { $0.code == .unknownKey }
        #expect(unknown.count == 1, "\(result.rendered())")
        #expect(unknown.first?.help == "did you mean `\(key.name)`?", "\(result.rendered())")
        #expect(!result.diagnostics.contains { $0.code == .missingKey || $0.code == .missingBackend })
    }

    @Test func `every key says what it is for in one sentence`() {
        for key in Key.allCases {
            let help = KeyTable.description(of: key).help
            #expect(help.hasSuffix("."), "\(key.rawValue)")
            #expect(!help.dropLast().contains(". "), "\(key.rawValue)")
        }
        #expect(Set(Key.allCases.map(\.rawValue)).count == Key.allCases.count)
    }
}
