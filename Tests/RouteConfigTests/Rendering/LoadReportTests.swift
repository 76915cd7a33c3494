import Foundation
import RouteConfig
import Testing

/// A report that is sent as data and printed by another process.
struct LoadReportTests {
    private static let texts = [
        "routes:\n  - name: A\n    backend: b\n",
        "routes:\n  - name: A\n    aliases: A\n    backend: b\n",
        "routes:\n  - name: A\n    backend: b\n    x: 1\n    name: ACCOUNTING-ARCHIVE\n  - {name: a, backend: c}\n",
        "routes: [{name: A, backend: b, \t scope: \"漢字e\u{301}😀\", bakend: \u{1B}[31m}]\n",
        "routes: [{name: \"\(String(repeating: "x", count: 5000))\", bakend: c}] # y\n",
        "routes: \"\n", "", "a: [", "include: nothing/*.yaml\n",
    ]

    @Test(arguments: Self.texts)
    func `a received report is printed like the sent one, in every format`(text: String) throws {
        let sent = LoadReport(ConfigurationReader.load(text: text, name: "routes.yaml"))
        let arrived = try JSONDecoder().decode(LoadReport.self, from: try JSONEncoder().encode(sent))
        #expect(arrived == sent)
        for isStrict in [false, true] {
            #expect(
                arrived.rendered(colour: true, isStrict: isStrict) == sent.rendered(colour: true, isStrict: isStrict)
            )
            let verdicts = [arrived, sent].map { CheckVerdict($0, isStrict: isStrict) }
            #expect(try JSONText.line(verdicts[0]) == JSONText.line(verdicts[1]))
        }
        #expect(GitHubAnnotations(arrived).text == GitHubAnnotations(sent).text)
    }

    @Test func `Untrusted text moves no cursor, and starts no line of a workflow`() throws {
        let sent = LoadReport(ConfigurationReader.load(text: Self.texts[2], name: "routes.yaml"))
        let text = String(decoding: try JSONEncoder().encode(sent), as: UTF8.self)
        var hostile = text
        for word in ["ACCOUNTING-ARCHIVE", "first written here", "shorten it", "routes.yaml", "unknown"] {
            hostile = hostile.replacingOccurrences(of: word, with: "\\u001B[2J\\n::error::\\u202E\(word)")
        }
        #expect(hostile != text)
        let arrived = try JSONDecoder().decode(LoadReport.self, from: Data(hostile.utf8))
        for output in [arrived.rendered(), GitHubAnnotations(arrived).text] {
            #expect(!output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" }, "\(output)")
        }
        let lines = arrived.rendered().split(separator: "\n")
        #expect(!lines.contains { $0.hasPrefix("::") }, "\(lines)")
        #expect(GitHubAnnotations(arrived).text.split(separator: "\n").count == sent.diagnostics.count)
    }

    @Test func `a report is small, however long the lines and however large the file`() throws {
        let line = String(repeating: "x", count: 1_000_000)
        let report = LoadReport(ConfigurationReader.load(text: "# \(line)\nbad: \(line)\n", name: "routes.yaml"))
        #expect(try JSONEncoder().encode(report).count < 20_000)
    }

    @Test func `a file that cannot be read is reported without a line`() throws {
        let sent = LoadReport(ConfigurationReader.load(file: "/nonexistent/routes.yaml"))
        let arrived = try JSONDecoder().decode(LoadReport.self, from: try JSONEncoder().encode(sent))
        #expect(arrived.verdict == .unreadable)
        #expect(arrived.rendered() == sent.rendered())
        #expect(arrived.diagnostics.map(\.place.text) == ["/nonexistent/routes.yaml"])
    }
}

/// The control socket's path, as the commands find it.
struct ControlPathTests {
    private func path(in text: String) throws -> ControlPath {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        return ControlPath(ofFile: file.path)
    }

    @Test func `it is found in a file that is invalid elsewhere`() throws {
        #expect(try self.path(in: "control: /run/a.sock\nroutes:\n  - nam: x\n").path == "/run/a.sock")
        #expect(try self.path(in: "routes: 7\ncontrol: /run/a.sock\nwhat: [is\n").path == "/run/a.sock")
        #expect(try self.path(in: "routes:\n  - \u{1B}[\ncontrol: \"/run/a.sock\" # moved\n").path == "/run/a.sock")
        let none = try self.path(in: "control: none\nroutes: 1\n")
        #expect(none.path == nil && none.isWritten)
    }

    @Test func `it is the default if the file has no valid path`() throws {
        for text in ["", "routes: []\n", "control: relative\n", "control: [a]\n", "- a\n", "control: \"\u{0}"] {
            let found = try self.path(in: text)
            #expect(found.path == "/run/nbrouter/control.sock" && !found.isWritten, "\(text)")
        }
        #expect(ControlPath(ofFile: "/nonexistent").path == "/run/nbrouter/control.sock")
    }
}
