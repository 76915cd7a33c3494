import Logging
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter
@testable import RouterControl

struct StatusReportTests {
    private func report() async throws -> StatusReport {
        let backends = [Backend(host: "nas1"), Backend(host: "2001:db8::1", port: 446)]
        let route = Route(name: try NetBIOSName("NAS"), backends: backends)
        let router = RouterService(
            RouterConfiguration(routes: [route]),
            on: try RouterLoops(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var snapshot = await router.snapshot()
        #expect(StatusReport(snapshot, version: RouterVersion("1", commit: nil)) == nil)
        let check = LoadReport(ConfigurationReader.load(text: "routes: [{name: NAS, backend: nas1}]", name: "x"))
        snapshot.lastReload = RouterSnapshot.LastReload(ReloadOutcome(startedWith: check))
        snapshot.backends[1].lastError = BackendStatus.LastError(reason: "refused", time: Timestamp(milliseconds: 0))
        return try #require(StatusReport(snapshot, version: RouterVersion("1", commit: nil)))
    }

    @Test func `the JSON has every key, also of what is absent, and none of the counts for metrics`() async throws {
        let text = try JSONText.of(try await self.report())
        let keys = text.matches(of: /"([a-z_]+)":/).map { String($0.output.1) }
        let backends = [
            "backends", "address", "connect_ms", "last_error", "sessions", "state", "address", "connect_ms",
            "last_error", "reason", "time", "sessions", "state",
        ]
        let reload = ["commit", "generation", "last_reload", "diagnostics", "failure", "ok", "time"]
        let names = ["listeners", "address", "protocol", "names"] + (0..<5).flatMap { _ in ["count", "state"] }
        let routes = [
            "routes", "aliases", "backends", "bytes_in", "bytes_out", "ended", "name", "scope", "sessions",
        ]
        let rest = ["sessions", "current", "pending", "total", "uptime_s", "version"]
        #expect(keys == backends + reload + names + routes + rest)
    }

    @Test func `the JSON reads back to the same`() async throws {
        let text = try JSONText.of(try await self.report())
        let again: StatusReport = try JSONText.value(from: Array(text.utf8))
        #expect(try JSONText.of(again) == text)
    }

    @Test(arguments: [0, 1, 99, 100, 101, 250])
    func `the JSON that is made in steps is that of the whole`(count: Int) async throws {
        let report = try await self.report()
        var router = report.router
        router.routes = (0..<count).compactMap { _ in router.routes.first }
        router.backends = (0..<count).map { router.backends[$0 % router.backends.count] }
        let copy = StatusReport(version: report.version, router: router)
        #expect(try copy.json().text == JSONText.of(copy) + "\n")
        #expect(try JSONList.document(router.routes).text == JSONText.of(router.routes) + "\n")
    }
}
