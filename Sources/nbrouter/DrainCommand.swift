import ArgumentParser
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter drain`: stops new sessions to a backend.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Send no new sessions to a backend.",
        discussion: """
            New sessions of its routes go to their other backends, and are refused where there are none. It stands until \
            `nbrouter undrain`, over reloads too, and ends with the router.

            Exits with 0 when it is done, with 1 when no route has the backend, and with 2 when no router answers.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The backend as the routes file has it: nas1, nas1:445 or [2001:db8::1]:445.",
            valueName: "BACKEND"
        ),
        completion: Completions.backends
    )
    var backend: String

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await self.router.setDraining("drain", self.backend, json: self.json)
    }
}

/// `nbrouter undrain`: resumes new sessions to a backend.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Send new sessions to a drained backend again.",
        discussion: """
            Exits with 0 when it is done, with 1 when no route has the backend, and with 2 when no router answers.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The backend as the routes file has it: nas1, nas1:445 or [2001:db8::1]:445.",
            valueName: "BACKEND"
        ),
        completion: Completions.drainedBackends
    )
    var backend: String

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await self.router.setDraining("undrain", self.backend, json: self.json)
    }
}

extension ControlOptions {
    /// Drains or undrains a backend, and prints its state.
    fileprivate func setDraining(_ word: String, _ backend: String, json: Bool) async throws {
        let status: BackendStatus = try await self.change("/backends/\(backend.pathPart)/\(word)")
        guard !json else { return print(try JSONText.of(status)) }
        print(
            "\(status.backend): \(status.state), \(status.sessions == 1 ? "1 session" : "\(status.sessions) sessions")"
        )
    }
}
