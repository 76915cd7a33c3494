import Logging
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter
@testable import RouterControl

/// The metrics of a router.
struct MetricsTests {
    private let backend = Backend(host: "nas1")

    /// A router that was not started.
    private func snapshot() async throws -> RouterSnapshot {
        let route = Route(name: try NetBIOSName("NAS"), backends: [self.backend])
        let router = RouterService(
            RouterConfiguration(routes: [route]),
            on: try RouterLoops(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return await router.snapshot()
    }

    private func lines(_ snapshot: RouterSnapshot) throws -> [String] {
        var snapshot = snapshot
        let check = LoadReport(ConfigurationReader.load(text: "routes: []", name: "x"))
        snapshot.lastReload = RouterSnapshot.LastReload(ReloadOutcome(startedWith: check))
        let metrics = try #require(Metrics(snapshot, version: RouterVersion("1", commit: nil)))
        return metrics.text.text.split(separator: "\n").map { "\($0)" }
    }

    @Test func `a backend that is down is down while it is drained, too`() async throws {
        var snapshot = try await self.snapshot()
        for isDown in [true, false] {
            snapshot.backends = [
                BackendStatus(backend: self.backend, state: .draining, isDown: isDown, sessions: 0, lastError: nil)
            ]
            let lines = try self.lines(snapshot)
            let up = isDown ? 0 : 1
            #expect(lines.contains(#"nbrouter_backend_up{route="NAS",backend="nas1:445"} \#(up)"#), "\(lines)")
            #expect(lines.contains(#"nbrouter_backend_draining{backend="nas1:445"} 1"#), "\(lines)")
        }
    }

    @Test func `sessions of a route that a reload took away are among the sessions`() async throws {
        var snapshot = try await self.snapshot()
        snapshot.formerSessions = [Route(name: try NetBIOSName("OLD"), backends: [self.backend]).id: 3]
        let lines = try self.lines(snapshot)
        #expect(lines.contains(#"nbrouter_sessions{route="NAS"} 0"#), "\(lines)")
        #expect(lines.contains(#"nbrouter_sessions{route="OLD"} 3"#), "\(lines)")
    }
}
