import Testing

@testable import RouteConfig

/// The limits of a file.
struct LimitsTests {
    /// The message of the single diagnostic of a text.
    private func message(_ text: String, _ limits: DocumentLimits) -> String? {
        let result = ConfigurationReader.load(bytes: Array(text.utf8), name: "routes.yaml", limits: limits)
        #expect(result.diagnostics.count == 1, "\(result.rendered())")
        #expect(result.diagnostics.first?.code == .documentTooLarge)
        #expect(result.configuration == nil)
        return result.diagnostics.first?.message
    }

    @Test func `bytes, values, depth, keys and anchors are limited`() {
        var limits = DocumentLimits()
        limits.bytes = 1_048_576
        limits.nodes = 1000
        limits.depth = 8
        limits.keys = 100
        limits.anchors = 10
        #expect(
            self.message(String(repeating: "#", count: 1_048_577), limits)
                == "the configuration is over 1 MiB, the limit for all its files together"
        )
        #expect(
            self.message("[" + String(repeating: "a,", count: 1000) + "]", limits)
                == "the configuration has over 1000 values, the limit for all its files together"
        )
        #expect(
            self.message(String(repeating: "[", count: 9), limits)
                == "values are nested over 8 levels deep; a configuration needs five"
        )
        #expect(
            self.message((0...100).map { "k\($0): v\n" }.joined(), limits) == "a mapping has over 100 keys"
        )
        #expect(self.message((0...10).map { "- &a\($0) x\n" }.joined(), limits) == "the file has over 10 anchors")
    }

    @Test func `aliases of aliases are counted with all that they stand for`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(
            self.message(text, DocumentLimits())
                == "aliases make over 1000000 values of this document, the limit for all files together"
        )
        var merges = "- &m0 {a: [x, x, x, x, x, x, x, x, x, x]}\n"
        for level in 1...30 {
            let aliases = (0..<level).map { "*m\($0)" }.joined(separator: ", ")
            merges += "- &m\(level) {<<: [\(aliases)], k\(level): [\(aliases)]}\n"
        }
        #expect(self.message(merges, DocumentLimits()) != nil)
    }

    @Test func `only the first thousand problems are shown`() {
        var limits = DocumentLimits()
        limits.findings = 10
        let text = "routes:\n" + (0..<20).map { "  - {name: A\($0), aliases: A\($0)}\n" }.joined()
        let result = ConfigurationReader.load(bytes: Array(text.utf8), name: "x", limits: limits)
        #expect(result.errorCount == 10)
        #expect(result.warningCount == 10)
        #expect(result.summary == "x: invalid: 10 errors, 10 warnings, and more")
        #expect(result.configuration == nil)
    }

    @Test func `behind more errors than are shown nothing is read`() {
        // The last route would be a warning.
        let last = "  - {name: A, aliases: A, backend: b}\n"
        for fault in [
            "{name: A}", "{name: A, backend: b, zebra: 1, lion: 2, tiger: 3}", "{name: \"\", backends: [':', '/']}",
        ] {
            let text = "routes:\n" + String(repeating: "  - \(fault)\n", count: 3) + last
            func read(_ findings: Int) -> LoadResult {
                ConfigurationReader.load(
                    bytes: Array(text.utf8),
                    name: "x",
                    limits: DocumentLimits(findings: findings)
                )
            }
            #expect(read(1000).warningCount == 1)
            let cut = read(2)
            #expect(cut.errorCount == 2)
            #expect(cut.warningCount == 0)
            #expect(cut.isCut)
            #expect(cut.configuration == nil)
        }
    }

    @Test func `duplicate keys beyond the limit are reported`() {
        let text = "routes:\n" + String(repeating: "  - {name: A, name: B, backend: b}\n", count: 3)
        let result = ConfigurationReader.load(bytes: Array(text.utf8), name: "x", limits: DocumentLimits(findings: 2))
        #expect(result.errorCount == 2)
        #expect(result.isCut)
    }

    @Test func `warnings beyond the limit do not hide an error`() {
        var limits = DocumentLimits()
        limits.findings = 1
        let text = "routes:\n  - {name: A, aliases: [A, A, A], backend: b}\n  - {name: B}\n"
        let result = ConfigurationReader.load(bytes: Array(text.utf8), name: "x", limits: limits)
        #expect(result.configuration == nil)
        #expect(result.verdict == .invalid)
    }
}
