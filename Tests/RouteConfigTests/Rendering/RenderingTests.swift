import RouteConfig
import Testing

/// The output formats of diagnostics.
struct RenderingTests {
    /// The text of everything that `check` prints.
    private func rendered(_ text: String) -> String {
        ConfigurationReader.load(text: text, name: "routes.yaml").rendered()
    }

    @Test func `a diagnostic has the layout of the contract`() {
        let text = "routes:\n  - name: A\n    backend: b\n  - backend: c\n\n    name: ACCOUNTING-ARCHIVE\n"
        let expected = """
            error[name-too-long]: NetBIOS name is 18 bytes, the limit is 15
             --> routes.yaml:6:26
              |
            6 |     name: ACCOUNTING-ARCHIVE
              |                          ^^^ these 3 do not fit
              |
              = help: shorten it, for example to `ACCOUNT-ARCHIVE`

            routes.yaml: invalid: 1 error

            """
        #expect(self.rendered(text) == expected)
    }

    @Test func `related lines stand in order, with the line between two of them or dots`() {
        let text = """
            routes:
              - name: A
                backend: b
              - name: B
                backend: b
                name: C
              - name: X
                backend: x
              - {name: Y, backend: y}
              - {name: a, backend: b}

            """
        let expected = """
            error[duplicate-key]: duplicate key `name`
             --> routes.yaml:6:5
              |
            4 |   - name: B
              |     ---- first written here
            5 |     backend: b
            6 |     name: C
              |     ^^^^
              |
              = help: remove one, or merge their values

            error[duplicate-name]: `A` is already a name of another route
              --> routes.yaml:10:12
               |
             2 |   - name: A
               |           - first written here
            ...
            10 |   - {name: a, backend: b}
               |            ^
               |
               = help: remove one of them, or give them different scopes or suffixes

            routes.yaml: invalid: 2 errors

            """
        #expect(self.rendered(text) == expected)
    }

    @Test func `carets stand right below wide and combining characters and tabs`() {
        let text = "routes:\n  - {name: A, backend: b, scope: \"漢字e\u{301}😀\", \t bakend: c}\n"
        let lines = self.rendered(text).split(separator: "\n")
        #expect(lines.contains("2 |   - {name: A, backend: b, scope: \"漢字e\u{301}😀\",      bakend: c}"))
        // Two columns for each of three characters, none for the accent, four for the tab.
        #expect(lines.contains("  |                                   ^^ not allowed"))
        #expect(lines.contains("  |                                                  ^^^^^^"))
    }

    @Test func `a long line is shortened around the span`() {
        let padding = String(repeating: "x", count: 500)
        let text = "routes: [{name: A, backend: b}, {name: \"\(padding)\", bakend: c}] # \(padding)\n"
        let output = self.rendered(text)
        #expect(output.split(separator: "\n").allSatisfy { $0.count < 130 })
        #expect(output.contains("bakend: c}] # xxxxxxx"))
        let lines = output.split(separator: "\n").map(Array.init)
        for (line, carets) in zip(lines, lines.dropFirst()) where carets.contains("^") && line.starts(with: "1 |") {
            let start = carets.firstIndex(of: "^") ?? 0
            #expect("xb".contains(line[start]))
        }
    }

    @Test func `control characters of a file never reach the terminal`() {
        let bytes = Array("routes: \u{1B}[31m\u{202E}\u{7F}\n".utf8)
        let output = ConfigurationReader.load(bytes: bytes, name: "a\u{1B}b.yaml").rendered()
        #expect(
            output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202E}" && $0 != "\u{7F}" }
        )
        #expect(output.contains("routes: \\u{1B}[31m\\u{202E}\\u{7F}"))
    }

    @Test func `colours are escape sequences around the same text`() {
        let result = ConfigurationReader.load(text: "routes:\n  - bakend: b\n", name: "routes.yaml")
        let coloured = result.rendered(colour: true)
        #expect(coloured.contains("\u{1B}[1;31merror[unknown-key]\u{1B}[0m"))
        #expect(coloured.replacing(/\x1B\[[0-9;]*m/, with: "") == result.rendered())
    }

    @Test func `a file that cannot be read has no source line`() {
        let result = ConfigurationReader.load(file: "/nonexistent/routes.yaml")
        let expected = """
            error[unreadable-file]: cannot read the file: No such file or directory
             --> /nonexistent/routes.yaml
              = help: check the path, and that this user may read the file and enter its directories

            /nonexistent/routes.yaml: not checked: 1 error

            """
        #expect(result.rendered() == expected)
        #expect(result.verdict == .unreadable)
    }

    /// The JSON that `check` prints of a report.
    private func json(_ report: LoadReport, isStrict: Bool = false) throws -> String {
        try JSONText.line(CheckVerdict(report, isStrict: isStrict))
    }

    @Test func `JSON has every part of a diagnostic`() throws {
        let text = "routes:\n  - name: A\n    backend: b\n    name: B\n"
        let result = ConfigurationReader.load(text: text, name: "a \"b\"\n.yaml")
        let expected = """
            {"diagnostics":[{"code":"duplicate-key","column":5,"end_column":9,"end_line":4,"file":"a \\"b\\"\\n.yaml",\
            "help":"remove one, or merge their values","line":4,"message":"duplicate key `name`",\
            "related":[{"column":5,"end_column":9,"end_line":2,"file":"a \\"b\\"\\n.yaml","line":2,\
            "message":"first written here"}],"severity":"error"}],"errors":1,"valid":false,"warnings":0}
            """
        #expect(try self.json(LoadReport(result)) == expected)
    }

    @Test func `JSON of a valid file is valid, and strictly not with a warning`() throws {
        let text = "routes: [{name: A, aliases: A, backend: b}]"
        let report = LoadReport(ConfigurationReader.load(text: text, name: "x"))
        #expect(try self.json(report).hasSuffix("],\"errors\":0,\"valid\":true,\"warnings\":1}"))
        #expect(report.summary(isStrict: true) == "x: invalid: 1 warning (strict)")
        #expect(try self.json(report, isStrict: true).hasSuffix("],\"errors\":0,\"valid\":false,\"warnings\":1}"))
    }

    @Test func `JSON has null for no help, and further members in the order of their names`() throws {
        let report = LoadReport(ConfigurationReader.load(text: "routes: [{<<: 1, name: A, backend: b}]", name: "x"))
        #expect(report.diagnostics.first?.help == nil, "\(report)")
        let text = try JSONText.line(CheckVerdict(report, isStrict: false, further: ["probe": 1]))
        #expect(text.contains("\"help\":null"))
        #expect(text.hasSuffix("],\"errors\":1,\"probe\":1,\"valid\":false,\"warnings\":0}"))
    }

    @Test func `JSON over several lines has two spaces a level, one after a colon, and nothing in empty brackets`()
        throws
    {
        struct Value: Encodable {
            let list = [["\"{[,:\\": 1]]
            let none: [Int] = []
            let object: [String: Int] = [:]
            let text = "a:b,c\\\"{}"
        }
        let expected = #"""
            {
              "list": [
                {
                  "\"{[,:\\": 1
                }
              ],
              "none": [],
              "object": {},
              "text": "a:b,c\\\"{}"
            }
            """#
        #expect(try JSONText.of(Value()) == expected)
        #expect(try JSONText.of([Int]()) == "[]" && JSONText.of("x") == "\"x\"")
    }

    @Test func `JSON has no character that a terminal obeys, and every text comes back`() throws {
        let text = String(String.UnicodeScalarView((0...0xA0).compactMap(UnicodeScalar.init))) + "/é€😀\u{2028}\u{2029}"
        for json in [try JSONText.line([text]), try JSONText.of([text])] {
            let obeyed = json.unicodeScalars.filter { scalar in
                scalar.properties.generalCategory == .control || (0x2028...0x2029).contains(scalar.value)
            }
            #expect(obeyed.allSatisfy { $0 == "\n" })
            #expect(json.contains("/é€😀\\u2028\\u2029"))
            #expect(try JSONText.value([String].self, from: Array(json.utf8)) == [text])
        }
    }

    @Test func `GitHub annotations escape the syntax of the runner`() {
        let result = ConfigurationReader.load(text: "bad%key: 1\n", name: "a,b:c.yaml")
        let first = GitHubAnnotations(LoadReport(result)).text.split(separator: "\n").first ?? ""
        let expected =
            "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=1,endColumn=1,title=missing-key::the file has no `routes`%0Aadd `routes:` at the top level"
        #expect(first == expected)
        #expect(GitHubAnnotations(LoadReport(result)).text.contains("unknown key `bad%25key`"))
    }
}
