import ArgumentParser
import Glibc
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter reload`: requests a reload and prints the result.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Reload the routes file and print the verdict.",
        discussion: """
            The router reads its file again, as SIGHUP has it do: all of it is put in force, or, when something in it is \
            wrong or a port cannot be bound, none. Prints what `nbrouter check` would of the files that the router read, \
            and what changed.

            Exits with 0 when the router has reloaded, with 1 when it has not, and with 2 when no router answers.
            """
    )

    @OptionGroup var router: ControlOptions

    @OptionGroup var output: FormatOptions

    func run() async throws {
        let answer = try await self.router.ask(.post, "/reload", within: .seconds(60))
        let report: ReloadOutcome = try self.router.value(of: answer)
        let colour = DiagnosticPrinter.isColourWanted(on: STDOUT_FILENO)
        switch self.output.format {
        case .json:
            print(try JSONText.of(CheckVerdict(report.check, isStrict: false, further: ReloadMembers(report))))
        case .text, .github:
            let printer = DiagnosticPrinter(format: self.output.format, colour: colour)
            print(try printer.output(report.check, isStrict: false), terminator: "")
            print(report.outcome)
        }
        if !report.reloaded { throw ExitCode(1) }
    }
}

/// The members added to those of `check` in the JSON object.
private struct ReloadMembers: Encodable {
    let reloaded: Bool
    let time: String
    let generation: Int
    @NullWhenAbsent var changes: ReloadOutcome.Changes?
    @NullWhenAbsent var failure: ReloadOutcome.Failure?

    init(_ report: ReloadOutcome) {
        self.reloaded = report.reloaded
        self.time = report.time
        self.generation = report.generation
        self.changes = report.changes
        self.failure = report.failure
    }
}

extension ReloadOutcome {
    /// The maximum length of a reason or remedy, in characters.
    private static let longestText = 4096

    /// Describes the effect on the running router, in one or two sentences.
    fileprivate var outcome: String {
        if let changes {
            return "reloaded: generation \(self.generation); \(changes.text)"
        }
        // The process on the socket may not be a router.
        let remedy = self.failure?.remedy.map { "\n  help: \($0.printable(limit: Self.longestText))" } ?? ""
        let reason = self.failure?.reason.printable(limit: Self.longestText) ?? "the file is invalid"
        return "not reloaded: \(reason); generation \(self.generation) stays in force\(remedy)"
    }
}

extension ReloadOutcome.Changes {
    fileprivate var text: String {
        let routes = "routes: \(self.routesAdded) added, \(self.routesRemoved) removed, \(self.routesChanged) changed"
        let names = "names: \(self.namesClaimed) claimed, \(self.namesReleased) released"
        return "\(routes); \(names); sessions kept: \(self.sessionsKept)"
    }
}
