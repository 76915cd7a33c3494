import NetBIOS
import RouteConfig
import Testing

/// Errors of the YAML text itself.
struct YAMLCaseTests {
    @Test(arguments: DiagnosticCase.yaml) func `yaml`(example: DiagnosticCase) throws { try example.check() }

    @Test func `names with an inferred YAML type stay text`() throws {
        let names = ["NO", "ON", "0123", "1E3", "YES", "NULL", "TRUE", "22.22", "0X1F", "~", "1_000", "2024-01-01"]
        let routes = names.map { "  - {name: \($0), backend: b}\n" }.joined()
        #expect(try Fixture.configuration("routes:\n\(routes)").routes.map(\.name.text) == names)
    }

    @Test func `merge keys and aliases are resolved`() throws {
        let configuration = try Fixture.configuration(
            """
            routes:
              - &first
                name: A
                backend: &nas nas1
                deny: &deny [10.0.0.0/8]
                suffixes: 0x20
              - {<<: *first, name: B}
              - <<: [{name: C, on_remove: close}, *first]
                backend: other
              - {name: D, backends: [*nas, nas2], deny: *deny}
            """
        )
        let routes = configuration.routes
        #expect(routes.map(\.name.text) == ["A", "B", "C", "D"])
        #expect(routes.map { $0.backends.map(\.host) } == [["nas1"], ["nas1"], ["other"], ["nas1", "nas2"]])
        #expect(routes.allSatisfy { $0.access.deny.map(\.description) == ["10.0.0.0/8"] })
        #expect(routes[2].onRemove == .close)
        #expect(routes[2].suffixes == [.fileServer])
    }

    @Test func `a problem in an anchored value is reported once, where it is written`() throws {
        let marked = Marked(
            """
            routes:
              - {name: A, backend: b, allow: &all [①300.0.0.0/8]}
              - {name: B, backend: b, allow: *all}
              - {name: C, backend: b, allow: *all}
            """
        )
        let result = ConfigurationReader.load(text: marked.text, name: "routes.yaml")
        #expect(result.diagnostics.map(\.span) == [marked.span("①", "300.0.0.0/8")])
    }

    @Test func `a route that an alias repeats is reported at the alias`() throws {
        let marked = Marked("routes:\n  - &a {name: ②A, backend: b}\n  - ①*a\n")
        let result = ConfigurationReader.load(text: marked.text, name: "routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.duplicateName])
        #expect(result.diagnostics.first?.span == marked.span("①", "*a"))
        #expect(result.diagnostics.first?.related.first?.span == marked.span("②", "A"))
    }

    @Test func `a byte order mark and CR LF cause warnings, and places are correct`() throws {
        let text = "\u{FEFF}routes:\r\n  - name: A\r\n    bakend: b\r\n"
        let result = ConfigurationReader.load(text: text, name: "routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.yamlByteOrderMark, .yamlLineEnds, .unknownKey])
        #expect(result.diagnostics.last?.span == SourceSpan(line: 3, column: 5, length: 6))
        let valid = "\u{FEFF}routes: [{name: A, backend: b}]\r\n"
        #expect(ConfigurationReader.load(text: valid, name: "routes.yaml").configuration != nil)
    }

    @Test(arguments: EncodingCase.all)
    func `other encodings and characters are reported`(example: EncodingCase) {
        let (bytes, message) = (example.bytes, example.message)
        let result = ConfigurationReader.load(bytes: bytes, name: "routes.yaml")
        #expect(result.diagnostics.map(\.message) == [message])
        if bytes.starts(with: "routes:\n".utf8) {
            #expect(result.diagnostics.first?.span == SourceSpan(line: 2, column: 1, length: 1))
        }
        #expect(!result.rendered().isEmpty)
    }

    @Test func `places count code points, whatever their bytes`() throws {
        let marked = Marked("# 漢字 é e\u{301} 😀\nroutes: [{name: \"漢\", ①nope: 1, backend: b}]\n")
        let result = ConfigurationReader.load(text: marked.text, name: "routes.yaml")
        #expect(result.diagnostics.last?.span == marked.span("①", "nope"))
    }
}

extension DiagnosticCase {
    /// Cases of YAML itself.
    static let yaml: [DiagnosticCase] = [
        .init(
            .yamlTab,
            "routes:\n  - name: A\n①\tbackend: b\n",
            at: "\t",
            "a tab where YAML allows only spaces",
            help: "indent with spaces; `expand -t 2` converts a file"
        ),
        .init(
            .yamlTab,
            "routes:\n  -①\tname: A\n    backend: b\n",
            at: "\t",
            "a tab where YAML allows only spaces",
            help: "indent with spaces; `expand -t 2` converts a file"
        ),
        .init(
            .yamlDocuments,
            "routes: [{name: A, backend: b}]\n①---\nroutes: []\n",
            at: "---",
            "a second document begins here, a configuration has one",
            help: "remove the line, or move what follows to a file of its own and `include` it"
        ),
        .init(
            .yamlAlias,
            "routes:\n  - name: ①*SMBSERVER\n    backend: b\n",
            at: "*SMBSERVER",
            "the alias `*SMBSERVER` has no anchor `&SMBSERVER` before it",
            help: "if this is meant as text, put it between quotes: `\"*SMBSERVER\"`"
        ),
        .init(
            .yamlAlias,
            "routes: &r [{name: A, backend: b}, ①*r]\n",
            at: "*r",
            "the alias `*r` refers to the value that contains it",
            help: "write the value out here"
        ),
        .init(
            .yamlMerge,
            "routes: [{<<: ①A, name: A, backend: b}]\n",
            at: "A",
            "`<<` takes a mapping or a list of mappings, as in `<<: *defaults`",
            help: nil
        ),
        .init(
            .yamlTag,
            "routes: ①!include routes.d/a.yaml\n",
            at: "!include",
            "the tag `!include` is not supported",
            help: "remove it; values are read as they are written, and `include:` reads further files"
        ),
        .init(
            .yamlKey,
            "routes: [{name: A, backend: b}]\n? ①[a, b]\n: c\n",
            at: "[a, b]",
            "a key must be text, this is a list or a mapping",
            help: "if this is meant as text, put it between quotes"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: A\n    backend: ①[2001:db8::1]:445\n",
            at: "[2001:db8::1]:445",
            "YAML reads the `[` of an IPv6 address as a list",
            help: "put the address between quotes: `\"[2001:db8::1]:445\"`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  ②- name: A\n   ①backend: b\n",
            at: "b",
            "the indentation matches no enclosing block",
            help: "indent it exactly like the other entries of its block",
            related: ("-", "the block begins here")
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: A\n      backend①: b\n",
            at: ":",
            "a second `:` on the line, or a key that is indented too deep",
            help:
                "put each key on its own line, indented like its neighbours; a value with `: ` in it goes between quotes"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: ①\"A\n    backend: b\n",
            at: "\"",
            "the quote `\"` is not closed",
            help: "close it on the same line, with `\"`"
        ),
        .init(
            .yamlSyntax,
            "routes: ①[{name: A, backend: b}\n",
            at: "[",
            "the `[` is not closed",
            help: "put `,` between entries and `]` after the last"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: ①@home\n    backend: b\n",
            at: "@",
            "a value may not begin with `@`, which YAML reserves",
            help: "put the value between quotes"
        ),
        .init(
            .yamlSyntax,
            "routes: []\ninclude: [*①.yaml]\n",
            at: ".",
            "a value that begins with `*` is an alias in YAML",
            help: "put the value between quotes, for example `\"*.yaml\"`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: A\n    ①backend b\ncontrol: none\n",
            at: "backend b",
            "a key without a `:`",
            help: "write `key: value`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: A\n    ①backend:nas1\n",
            at: "backend:nas1",
            "missing space after `:`",
            help: "write `backend: nas1`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - ①name:A\n    backend: b\n",
            at: "name:A",
            "missing space after `:`",
            help: "write `name: A`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  ①-name: A\n    backend: b\n",
            at: "-name",
            "missing space after `-`",
            help: "write `- name`"
        ),
        .init(
            .yamlSyntax,
            "routes:\n  - name: A\n    backend: \"nas\" ①445\n",
            at: "4",
            "text follows a value that is already complete",
            help: "put the whole value between one pair of quotes, or begin a new line"
        ),
        .init(
            .yamlSyntax,
            "listen:\n  addresses: [①::1]\nroutes: [{name: A, backend: b}]\n",
            at: "::1",
            "YAML reads the first `:` of an IPv6 address as a key",
            help: "put the address between quotes: `\"::1\"`"
        ),
    ]
}

/// Bytes that are not valid UTF-8 text, and the message.
struct EncodingCase: Sendable {
    var bytes: [UInt8]
    var message: String

    init(_ bytes: [UInt8], _ message: String) {
        self.bytes = bytes
        self.message = message
    }

    static let all: [EncodingCase] = [
        .init(Array("r\0o\0u\0t\0".utf8), "the file is UTF-16LE, expected UTF-8"),
        .init([0xFF, 0xFE] + Array("r\0o\0".utf8), "the file is UTF-16, expected UTF-8"),
        .init([0xFE, 0xFF] + Array("\0r\0o".utf8), "the file is UTF-16, expected UTF-8"),
        .init(Array("\0r\0o".utf8), "the file is UTF-16BE, expected UTF-8"),
        .init([0xFF, 0xFE, 0, 0, 0x41, 0, 0, 0], "the file is UTF-32, expected UTF-8"),
        .init(Array("routes:\n".utf8) + [0xE4, 0x20], "the byte 0xE4 is not UTF-8"),
        .init(Array("routes:\n".utf8) + [0xC0, 0x80], "the byte 0xC0 is not UTF-8"),
        .init(Array("routes:\n".utf8) + [0xED, 0xA0, 0x80], "the byte 0xED is not UTF-8"),
        .init(Array("routes:\n".utf8) + [0xE2, 0x82], "the byte 0xE2 is not UTF-8"),
        .init(Array("routes:\n".utf8) + [0x80], "the byte 0x80 is not UTF-8"),
        .init([0, 0, 0, 0, 0], "the character U+0000 is not allowed in YAML"),
        .init(Array("routes:\n".utf8) + [0x1B], "the character U+001B is not allowed in YAML"),
        .init(Array("routes:\n".utf8) + [0xEF, 0xBB, 0xBF], "the character U+FEFF is not allowed in YAML"),
    ]
}
