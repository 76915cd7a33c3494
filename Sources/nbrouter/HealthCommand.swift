import ArgumentParser
import RouteConfig
import NetBIOSRouter
import RouterControl

/// `nbrouter health`: reports whether the running router can serve.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Check whether the router can serve.",
        discussion: """
            A router is healthy while it is started and not stopping, listens wherever its file says, can accept \
            connections, and its event loops answer. Backends that are down, names in conflict and standby names are no \
            reason: another router would have the same.

            Exits with 0 when it is healthy, with 1 when it is not, and with 2 when there was no answer in time.
            """
    )

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let health: RouterHealth = try await self.router.read("/health", within: .seconds(2))
        if self.json {
            print(try JSONText.of(health))
        } else {
            print(
                health.isHealthy
                    ? "healthy" : "unhealthy: " + health.problems.joined(separator: "; ").printable(limit: 4096)
            )
        }
        if !health.isHealthy { throw ExitCode(1) }
    }
}
