import ArgumentParser
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter sessions`: the sessions of the running router.
struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List the sessions, the oldest first.",
        discussion: """
            With --watch the list is refreshed until it is interrupted, with the bytes that each session carries a second, \
            the busiest first; `nbrouter top` shows the same on a page of its own.

            Exits with 0, and with 2 when no router answers.
            """
    )

    @OptionGroup var router: ControlOptions

    @Flag(help: "Refresh continuously, with transfer rates.")
    var watch = false

    @Option(help: ArgumentHelp("How often to look with --watch: 500ms, 2s.", valueName: "DURATION"))
    var interval = DurationArgument.seconds(2)

    @Flag(help: "Print one JSON array; with --watch, one per line.")
    var json = false

    func validate() throws {
        try self.interval.checkInterval()
    }

    func run() async throws {
        guard !self.watch else {
            let watch = SessionWatch(router: self.router, interval: self.interval.duration, json: self.json)
            return try await watch.run(isPage: false)
        }
        let sessions: [SessionSnapshot] = try await self.router.read("/sessions")
        guard !self.json else { return print(try JSONText.of(sessions)) }
        var table = TextTable(
            "ID",
            "CLIENT",
            .minor("CALLING"),
            "CALLED",
            .minor("ROUTE"),
            "BACKEND",
            .minor("DIALECT"),
            .number("IN"),
            .number("OUT"),
            .number("AGE")
        )
        for session in sessions {
            table.append([
                session.id, session.client, session.calling, session.calledText, session.route ?? "",
                session.backend?.description ?? "", session.dialect ?? "", Quantity.bytes(session.bytesIn),
                Quantity.bytes(session.bytesOut), Quantity.time(milliseconds: session.ageMilliseconds),
            ])
        }
        print(table.text(for: .output))
    }
}

/// `nbrouter top`: the busiest sessions, refreshed in place.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the busiest sessions.",
        discussion: """
            Shows what the router carries, and the sessions by the bytes that they carry a second, as many as the terminal \
            has lines for. It goes on over a restart of the router.

            Exits with 0 when it is interrupted, and with 2 when no router answers at first.
            """
    )

    @OptionGroup var router: ControlOptions

    @Option(help: ArgumentHelp("How often to look: 500ms, 2s.", valueName: "DURATION"))
    var interval = DurationArgument.seconds(2)

    func validate() throws {
        try self.interval.checkInterval()
    }

    func run() async throws {
        try await SessionWatch(router: self.router, interval: self.interval.duration, json: false).run(isPage: true)
    }
}

extension DurationArgument {
    /// Throws if the interval is too short.
    fileprivate func checkInterval() throws {
        guard self.duration >= .milliseconds(100) else {
            throw ValidationError("--interval must be at least 100ms.")
        }
    }
}

extension SessionSnapshot {
    /// The called name, followed by its scope.
    var calledText: String { self.called + (self.scope.map { ".\($0)" } ?? "") }
}
