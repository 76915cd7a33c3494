import ArgumentParser
import RouteConfig
import RouterControl

/// `nbrouter close`: ends one session.
struct CloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "End one session.",
        discussion: """
            Both its connections are closed at once; its line in the log says end=closed. The client may connect again.

            Exits with 0 when it is ended, with 1 when there is no such session, and with 2 when no router answers.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The id of the session: eight hexadecimal digits, from `nbrouter sessions` or the log.",
            valueName: "SESSION"
        ),
        completion: Completions.sessions
    )
    var session: String

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let report: CloseReport = try await self.router.change("/sessions/\(self.session.pathPart)/close")
        print(self.json ? try JSONText.of(report) : "closed \(report.closed)")
    }
}
