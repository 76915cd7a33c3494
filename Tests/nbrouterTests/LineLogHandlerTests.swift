import Logging
import NetBIOSRouter
import Testing

@testable import nbrouter

struct LineLogHandlerTests {
    /// The line after its time, which has 24 characters.
    private func line(_ message: String, _ metadata: Logger.Metadata, _ format: LogFormat) -> String {
        let line = LineLogHandler.line(message, level: .info, facts: metadata, format: format)
        let beginning = format == .json ? "{\"time\":\"\"," : "time= "
        return String(decoding: line.dropFirst(beginning.utf8.count + 24), as: UTF8.self)
    }

    @Test func `facts stand in their order, without those that are none`() {
        let metadata = Logger.Metadata([
            .id: "0000002a", .scope: String?.none, .attempts: 2, .reason: "no route to host",
        ])
        #expect(
            self.line("it failed", metadata, .logfmt)
                == "level=info msg=\"it failed\" id=0000002a attempts=2 reason=\"no route to host\"\n"
        )
        #expect(
            self.line("it failed", metadata, .json)
                == "\"level\":\"info\",\"msg\":\"it failed\",\"id\":\"0000002a\",\"attempts\":2,\"reason\":\"no route to host\"}\n"
        )
    }

    @Test(arguments: [
        ("", #""""#), ("a b", #""a b""#), ("a=b", #""a=b""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#),
        ("a\nb", #""a\nb""#), ("\u{1}", #""\u0001""#), ("\u{7F}", #""\u007f""#), ("ä", "ä"), ("plain", "plain"),
    ])
    func `one event is one line, whatever is in it`(text: String, written: String) {
        #expect(self.line("m", Logger.Metadata([.reason: text]), .logfmt) == "level=info msg=m reason=\(written)\n")
    }

    @Test func `metadata of libraries follows the facts, even with the same key`() {
        var metadata = Logger.Metadata([.reason: "ours"])
        metadata["zone"] = "b"
        metadata["area"] = "a"
        #expect(self.line("m", metadata, .logfmt) == "level=info msg=m reason=ours area=a zone=b\n")
        let foreign: Logger.Metadata = ["nbrouter.facts": "text"]
        #expect(self.line("m", foreign, .logfmt) == "level=info msg=m nbrouter.facts=text\n")
    }

    @Test func `another log handler has the facts as text`() {
        let facts = LogFacts([.id: "0000002a", .attempts: 2])
        #expect("\(facts)" == "id=0000002a attempts=2")
    }
}
