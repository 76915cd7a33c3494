import ArgumentParser
import Glibc
import NetBIOSRouter
import NetworkDiagnosis
import RouteConfig
import RouterControl

/// `nbrouter check`: validates a file and prints every problem with its place.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a routes file; --probe checks this host too.",
        discussion: """
            Prints every problem with its place, and one summary line, on standard output. The network is not touched, \
            unless --probe is given: then each backend is connected to and asked for its SMB dialects, the router's ports are \
            bound for a moment, and the network is asked who owns the names.

            Exits 0 when the file is valid, 1 when it is not (or, with --strict, has warnings), \
            2 when it could not be read.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The file to check; `-` is standard input. (default: \(RoutesFile.defaultPath))",
            valueName: "FILE"
        ),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var argument: String?

    @Option(
        help: ArgumentHelp("The same as the argument FILE.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var config: String?

    @Flag(help: "Treat warnings as errors, including those of --probe.")
    var strict = false

    @OptionGroup var output: FormatOptions

    @Flag(help: "Also check backends, ports, addresses, permissions and names on this machine and its network.")
    var probe = false

    @Option(help: ArgumentHelp("The longest that --probe takes: 500ms, 30s, 5m.", valueName: "DURATION"))
    var timeout = DurationArgument.seconds(15)

    @Option(
        help: ArgumentHelp(
            "The user that is to run the router, who must be able to read the files: for --probe. (default: nbrouter)",
            valueName: "USER"
        ),
        completion: Completions.users
    )
    var user: String?

    /// The user of the unit file.
    private static let defaultUser = "nbrouter"

    /// The file to check.
    private var file: String { self.argument ?? self.config ?? RoutesFile.defaultPath }

    func validate() throws {
        try self.timeout.checkTimeout()
        guard self.argument == nil || self.config == nil else {
            throw ValidationError("FILE and --config exclude each other.")
        }
    }

    /// Checks the file, runs the probe, prints the result, and exits by the verdict.
    func run() async throws {
        let result =
            self.file == "-"
            ? ConfigurationReader.load(descriptor: STDIN_FILENO, name: "-") : ConfigurationReader.load(file: self.file)
        let printer = DiagnosticPrinter(
            format: self.output.format,
            colour: DiagnosticPrinter.isColourWanted(on: STDOUT_FILENO)
        )
        let report = LoadReport(result)
        var warningCount = report.warningCount
        if self.probe, let configuration = result.configuration {
            // The verdict on the file is there at once, and stays where the probe is cut short.
            let isText = self.output.format != .json
            if isText { self.write(try printer.output(report, isStrict: self.strict)) }
            let probed = ProbePrinter(await self.look(at: configuration, from: result))
            warningCount += probed.warningCount
            switch self.output.format {
            case .text: self.write(probed.text(colour: printer.colour))
            case .github: self.write(probed.annotations)
            case .json:
                let further = ["probe": ProbeValue(probed)]
                print(try JSONText.of(CheckVerdict(report, isStrict: self.strict, further: further)))
            }
        } else {
            self.write(try printer.output(report, isStrict: self.strict))
        }
        switch result.verdict {
        case .valid: if self.strict, warningCount > 0 { throw ExitCode(1) }
        case .invalid: throw ExitCode(1)
        case .unreadable: throw ExitCode(2)
        }
    }

    private func write(_ text: String) { print(text, terminator: "") }

    /// Runs the probe, with a progress display on a terminal.
    private func look(at configuration: RouterConfiguration, from result: LoadResult) async -> ProbeReport {
        let isFile = self.file != "-"
        let files = Probe.Files(
            paths: isFile ? result.sources.map(\.name) : [],
            directories: isFile ? result.patternDirectories : [],
            defaultPath: RoutesFile.defaultPath
        )
        let user = Probe.User(self.user ?? Self.defaultUser, isGiven: self.user != nil)
        let probe = Probe(configuration, files: files, user: user, limit: self.timeout.duration)
        let spinner = Spinner("looking at ports, backends and names")
        let report = await probe.run { done, count in spinner.say("\(done) of \(count) backends") }
        await spinner.stop()
        return report
    }
}
