import RouteConfig
import Testing

/// The key table and the reader know the same keys.
struct KeyTableTests {
    /// A file that is valid but for `text` at the place of `key`.
    static func file(_ key: Key, _ text: String) -> String {
        let route = "  - name: A\n    backend: b\n"
        switch key.path {
        case "routes": return "routes: \(text)\n"
        case "routes.name": return "routes:\n  - backend: b\n    name: \(text)\n"
        case "routes.backend", "routes.backends": return "routes:\n  - name: A\n    \(key.name): \(text)\n"
        case _ where key.sectionPath == "routes": return "routes:\n\(route)    \(key.name): \(text)\n"
        default:
            let names = key.path.split(separator: ".")
            let lines = names.enumerated().map { String(repeating: "  ", count: $0.offset) + "\($0.element):" }
            return lines.joined(separator: "\n") + " \(text)\nroutes:\n\(route)"
        }
    }

    @Test(arguments: KeyTable.keys)
    func `every key of the table is read`(key: Key) throws {
        // No key takes a list of lists.
        let result = ConfigurationReader.load(text: Self.file(key, "[[[]]]"), name: "routes.yaml")
        let diagnostic = try #require(result.diagnostics.first, "nothing reads \(key.path)")
        #expect(diagnostic.code == .wrongType, "\(result.rendered())")
        #expect(result.diagnostics.count == 1, "\(result.rendered())")
    }

    @Test(arguments: KeyTable.keys)
    func `every default of the table is what the reader takes`(key: Key) throws {
        guard let text = key.defaultText else { return }
        // A route without `suffixes` and one with the default are the same, and so on.
        let result = ConfigurationReader.load(text: Self.file(key, text), name: "routes.yaml")
        let configuration = try #require(result.configuration, "\(result.rendered())")
        let plain = try Fixture.configuration("routes:\n  - name: A\n    backend: b\n")
        #expect(configuration == plain)
    }

    @Test(arguments: KeyTable.sections)
    func `a key that the table does not have is unknown in every section`(section: KeySection) throws {
        let key = try #require(KeyTable.keys(in: section).last { $0.path != "routes" && $0.path != "include" })
        let file = Self.file(key, "x").replacing("\(key.name):", with: "zzzzzzzz:")
        #expect(Fixture.codes(file) == [.unknownKey])
    }

    @Test(arguments: KeyTable.keys)
    func `a key with one letter missing is suggested, and makes one report`(key: Key) throws {
        // Without its last but one; `backens` would be as near to the other key.
        let misspelt = key.path == "routes.backends" ? "bakends" : String(key.name.dropLast(2) + key.name.suffix(1))
        let text = key.defaultText ?? (key.path == "routes.name" ? "X" : "")
        let file = Self.file(key, text).replacing("\(key.name):", with: "\(misspelt):")
        let result = ConfigurationReader.load(text: file, name: "routes.yaml")
        let unknown = result.diagnostics.filter { $0.code == .unknownKey }
        #expect(unknown.count == 1, "\(result.rendered())")
        #expect(unknown.first?.help == "did you mean `\(key.name)`?", "\(result.rendered())")
        #expect(!result.diagnostics.contains { $0.code == .missingKey || $0.code == .missingBackend })
    }

    @Test func `every key says what it is for in one sentence`() {
        for key in KeyTable.keys {
            let help = key.help
            #expect(help.hasSuffix("."), "\(key.path)")
            #expect(!help.dropLast().contains(". "), "\(key.path)")
        }
        #expect(Set(KeyTable.keys.map(\.path)).count == KeyTable.keys.count)
    }
}
