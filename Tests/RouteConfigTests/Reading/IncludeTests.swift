import Glibc
import NetBIOS
import RouteConfig
import Testing

/// A directory with files, removed with the value.
private final class Directory {
    let path: String
    private var paths: [String] = []

    init(_ files: [(path: String, text: String)]) throws {
        var template = Array("/tmp/nbrouter-include-XXXXXX".utf8CString)
        self.path = try #require(mkdtemp(&template).map { String(cString: $0) })
        for (path, text) in files {
            var directory = self.path
            for part in path.split(separator: "/").dropLast() {
                directory += "/\(part)"
                mkdir(directory, 0o755)
                self.paths.insert(directory, at: 0)
            }
            let full = "\(self.path)/\(path)"
            let file = try #require(fopen(full, "w"))
            fputs(text, file)
            fclose(file)
            self.paths.insert(full, at: 0)
        }
    }

    deinit {
        for path in self.paths { remove(path) }
        remove(self.path)
    }
}

/// Files that include others.
struct IncludeTests {
    private func route(_ name: String) -> String { "routes:\n  - name: \(name)\n    backend: b\n" }

    @Test func `included files are read in the order of patterns, sorted within each, each once`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("MAIN") + "include: [z.yaml, routes.d/*.yaml, 'routes.d/a*']\n"),
            ("z.yaml", self.route("Z")), ("routes.d/b.yaml", self.route("B")), ("routes.d/a.yaml", self.route("A")),
            ("routes.d/B.yaml", self.route("UPPER")), ("routes.d/empty.yaml", "# nothing\n"), ("routes.d/c.yml", "x"),
            ("routes.d/sub.yaml/x", "x"), ("routes.d/.hidden.yaml", "x"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        let configuration = try #require(result.configuration, "\(result.rendered())")
        #expect(configuration.routes.map(\.name.text) == ["MAIN", "Z", "UPPER", "A", "B"])
        #expect(result.sources.map(\.name).first == "\(directory.path)/routes.yaml")
    }

    @Test func `problems of an included file point into it, and relate to others`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: other.yaml\n"),
            ("other.yaml", "control: none\nzebra: 1\n" + self.route("a") + "    x: 1\n"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.includeKey, .includeKey, .duplicateName, .unknownKey])
        #expect(result.diagnostics.allSatisfy { $0.span.file == 1 })
        #expect(result.diagnostics[0].help == "move it to the file that includes this one")
        #expect(result.diagnostics[1].help == "remove it")
        let expected = """
            error[duplicate-name]: `A` is already a name of another route
             --> \(directory.path)/other.yaml:4:11
              |
            4 |   - name: a
              |           ^
             ::: \(directory.path)/routes.yaml:2:11
              |
            2 |   - name: A
              |           - first written here
              |
              = help: remove one of them, or give them different scopes or suffixes
            """
        #expect(DiagnosticRenderer().text(LoadReport(result).diagnostics[2]) == expected)
    }

    @Test(arguments: [
        ("nothere.yaml", DiagnosticCode.includeNotFound, Severity.error),
        ("nothere/*.yaml", .includeMatchesNothing, .warning),
        ("routes.yaml", .includeCycle, .error),
        ("'*.yaml'", .includeCycle, .error),
        ("sub", .unreadableFile, .error),
    ])
    func `an include that leads nowhere is told where it is written`(
        text: String,
        code: DiagnosticCode,
        severity: Severity
    ) throws {
        let marked = Marked(self.route("A") + "include: [①\(text)]\n")
        let directory = try Directory([("routes.yaml", marked.text), ("sub/x", "")])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [code], "\(result.rendered())")
        #expect(result.diagnostics.first?.span == marked.span("①", text))
        #expect(result.diagnostics.first?.severity == severity)
        #expect((result.configuration == nil) == (severity == .error))
    }

    @Test func `a default route may be in a file that is broken`() throws {
        let directory = try Directory([
            ("routes.yaml", "default_route: X\n" + self.route("A") + "include: other.yaml\n"),
            ("other.yaml", "routes:\n  - name: \"X\n"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.yamlSyntax])
    }

    @Test func `a directory and a file that is not there could not be checked`() throws {
        let directory = try Directory([("x", "")])
        let result = ConfigurationReader.load(file: directory.path)
        #expect(result.verdict == .unreadable)
        #expect(result.diagnostics.map(\.message) == ["this is a directory, not a file"])
        #expect(ConfigurationReader.load(file: "\(directory.path)/y").verdict == .unreadable)
        #expect(ConfigurationReader.load(file: "\(directory.path)/x").verdict == .invalid)
        #expect(ConfigurationReader.load(file: "").verdict == .unreadable)
    }
}
