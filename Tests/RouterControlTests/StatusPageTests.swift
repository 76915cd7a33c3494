import Foundation
import Logging
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter
@testable import RouterControl

/// The status page and its parts.
struct StatusPageTests {
    @Test(arguments: [
        (StatusPageStyle.css, StatusPageStyle.styleHash), (StatusPageStyle.script, StatusPageStyle.scriptHash),
    ])
    func `the hashes of the page's policy are those of its style and its script`(part: HTMLText, hash: String) throws {
        let process = Process(), input = Pipe(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(part.text.utf8))
        try input.fileHandleForWriting.close()
        let digits = String(decoding: output.fileHandleForReading.readDataToEndOfFile().prefix(64), as: UTF8.self)
        process.waitUntilExit()
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(digits.dropFirst($0).prefix(2), radix: 16)
        }
        #expect(Data(bytes).base64EncodedString() == hash)
    }

    @Test func `a text never becomes markup`() {
        let text = "<script>alert(\"1\" & '2')</script>"
        let html: HTMLText = "<p title=\"\(text)\">\(text)\(3)</p>"
        let escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"
        #expect(html.text == "<p title=\"\(escaped)\">\(escaped)3</p>")
    }

    @Test func `Quantities have three digits or so and the right unit`() {
        #expect(
            [0, 999, 1023, 1024, 1536, 102_349, 1_048_000, 1_048_576].map(Quantity.bytes) == [
                "0 B", "999 B", "1023 B", "1.0 KiB", "1.5 KiB", "100 KiB", "1023 KiB", "1.0 MiB",
            ]
        )
        #expect(Quantity.bytes(.max) == "8.0 EiB")
        #expect(
            [0, 350, 999, 1000, 59_999, 60_000, 3_599_000, 3_600_000, 90_061_000].map(Quantity.time(milliseconds:)) == [
                "0ms", "350ms", "999ms", "1s", "59s", "1m 00s", "59m 59s", "1h 00m", "1d 01h",
            ]
        )
        #expect(
            [0, 0.345, 1, 12.04, 345.2].map(Quantity.milliseconds) == [
                "0.00 ms", "0.34 ms", "1.0 ms", "12.0 ms", "345 ms",
            ]
        )
    }

    @Test func `a page of 10,000 routes has a thousand rows of each kind, those with problems first`() async throws {
        let routes = try (0..<10_000).map {
            Route(name: try NetBIOSName("NAS\($0)"), backends: [Backend(host: "192.0.2.1", port: UInt16(1000 + $0))])
        }
        let router = RouterService(
            RouterConfiguration(routes: routes),
            on: try RouterLoops(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var snapshot = await router.snapshot()
        let check = LoadReport(ConfigurationReader.load(text: "routes: []", name: "x"))
        snapshot.lastReload = RouterSnapshot.LastReload(ReloadOutcome(startedWith: check))
        let dead = snapshot.backends[9_999].backend
        snapshot.backends[9_999] = BackendStatus(
            backend: dead,
            state: .down,
            isDown: true,
            sessions: 0,
            lastError: BackendStatus.LastError(reason: "refused", time: Timestamp(milliseconds: 0))
        )
        let report = try #require(StatusReport(snapshot, version: RouterVersion("1", commit: nil)))
        let page = StatusPage(report, health: RouterHealth(problems: []), history: TrafficHistory()).html
        let rows = page.matches(of: /<tr><td data-label="(Route|Backend)"><span>([^<]+)/).map(\.output)
        for (kind, first) in [("Route", "NAS9999"), ("Backend", "\(dead)")] {
            let own = rows.filter { $0.1 == kind }
            #expect(own.count == StatusPage.rowLimit && own.first?.2 == first[...], "\(kind): \(own.prefix(2))")
        }
        #expect(page.contains("And 9000 more: <code>nbrouter status</code> lists all"))
    }
}
