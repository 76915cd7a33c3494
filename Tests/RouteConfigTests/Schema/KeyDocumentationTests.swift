import RouteConfig
import Testing

/// routes.yaml(5) and the example of all keys agree with the table, and nbrouter-api(5) with the diagnostic codes.
struct KeyDocumentationTests {
    /// Read once, as every case of every test needs them.
    private static let pageOrNil = ManualPage(path: "man/routes.yaml.5")
    private static let exampleOrNil = Repository.text(of: "examples/full.yaml")
        .flatMap { EditorValue(text: $0, version: .yaml12) }

    private let page: ManualPage
    private let example: EditorValue

    init() throws {
        self.page = try #require(Self.pageOrNil)
        self.example = try #require(Self.exampleOrNil)
    }

    @Test(arguments: KeyTable.sections)
    func `the manual page has the keys of a section and no others, in the order of the table`(section: KeySection) {
        let keys = KeyTable.keys(in: section).filter { !$0.type.manualNotation.isEmpty }.map(\.path)
        let paths = Set(KeyTable.keys(in: section).map(\.path))
        #expect(self.page.entries.map(\.path).filter(paths.contains) == keys)
        #expect(self.page.sections.contains(section.path))
        #expect(self.page.entries.allSatisfy { entry in KeyTable.keys.contains { $0.path == entry.path } })
    }

    @Test(arguments: KeyTable.keys)
    func `type and default of a key on the manual page are the table's`(key: Key) throws {
        guard !key.type.manualNotation.isEmpty else { return }
        let entry = try #require(self.page.entries.first { $0.path == key.path })
        #expect(entry.notation == key.type.manualNotation)
        #expect(entry.fallback == key.fallback)
    }

    @Test(arguments: KeyTable.keys)
    func `the example of all keys has a key with its default`(key: Key) throws {
        var values = [self.example]
        for name in key.path.split(separator: ".") {
            values = values.flatMap { $0.elements.isEmpty ? [$0] : $0.elements }.compactMap { $0[String(name)] }
        }
        #expect(!values.isEmpty)
        guard let text = key.defaultText else { return }
        #expect(values.contains(try #require(EditorValue(text: text, version: .yaml12))))
    }

    @Test func `nbrouter-api(5) explains every diagnostic code, in the order of their list`() throws {
        let text = try #require(Repository.text(of: "man/nbrouter-api.5"))
        let lines = text.split(separator: "\n").drop { $0 != ".Sh DIAGNOSTICS" }
        let items = lines.filter { $0.hasPrefix(".It Cm ") }.map { $0.dropFirst(".It Cm ".count) }
        let codes = DiagnosticCode.allCases.map { code in
            code.rawValue + (code.severity == .warning ? " Pq warning" : "")
        }
        #expect(items.map(String.init) == codes)
    }
}
