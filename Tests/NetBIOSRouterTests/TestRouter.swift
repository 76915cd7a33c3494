import Foundation
import Logging
import Sockets
import NetBIOS
import RouteConfig
import TestSupport
import Testing

@testable import NetBIOSRouter

/// A router on loopback with one route, XYKON-2, on exclusive ports.
struct TestRouter {
    let router: RouterService
    let port: UInt16
    private let reservation: Peer
    let configuration: RouterConfiguration

    init(backendPort: UInt16, change: (inout RouterConfiguration) -> Void = { _ in }) async throws {
        var configuration = RouterConfiguration(
            routes: [
                Route(name: try NetBIOSName("XYKON-2"), backends: [Backend(host: "127.0.0.1", port: backendPort)])
            ]
        )
        configuration.listen.addresses = [IPv4Address(127, 0, 0, 1)]
        (self.reservation, self.port) = try Peer.reserve()
        configuration.listen.sessionPort = self.port
        // Chosen by the kernel: nothing here asks for names.
        configuration.listen.namePort = 0
        change(&configuration)
        self.configuration = configuration
        self.router = RouterService(
            configuration,
            on: try #require(loops),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await self.router.start(check: LoadReport(Source(configuration: configuration).load()))
    }

    /// Puts another configuration in force.
    func reload(_ configuration: RouterConfiguration) async -> ReloadOutcome {
        await self.router.reload(from: Source(configuration: configuration))
    }

    /// A configuration without files.
    private struct Source: ReloadSource {
        let configuration: RouterConfiguration

        func load() -> LoadResult {
            var result = ConfigurationReader.load(text: "routes: []", name: "test")
            result.configuration = self.configuration
            return result
        }

        func reloadBegan() {}

        func reloadEnded(status: String) {}
    }

    func stop() async { await self.router.stop(grace: .zero) }
}

/// The event loops of all tests: a loop runs until the process exits.
let loops = try? RouterLoops()

/// The bytes of a session request by PRINTER<00> to `name`.
func sessionRequest(to name: String) throws -> [UInt8] {
    SessionPacket.request(
        SessionRequest(
            called: QualifiedName(try NetBIOSName(name)),
            calling: QualifiedName(try NetBIOSName("PRINTER", suffix: .workstation))
        )
    ).encoded()
}

/// Runs blocking work outside of Swift's cooperative pool.
func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
    }
}
