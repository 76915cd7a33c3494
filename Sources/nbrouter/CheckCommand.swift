import ArgumentParser
import Glibc
import RouteConfig

/// `nbrouter check`: validates a file and prints every problem with its place.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a configuration without touching the network.",
        discussion: """
            Prints every problem with its place, and one summary line, on standard output.
            Exits 0 when the file is valid, 1 when it is not (or, with --strict, has warnings), \
            2 when it could not be read.
            """
    )

    @Argument(help: "The file to check; `-` is standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var file = RoutesFile.defaultPath

    @Flag(help: "Let warnings fail the check too.")
    var strict = false

    @Option(help: "What to print: text, json (one object and nothing else) or github (workflow annotations).")
    var format = DiagnosticFormat.text

    /// Reads, prints, and exits as the verdict says.
    func run() throws {
        let result =
            self.file == "-"
            ? ConfigurationReader.load(descriptor: STDIN_FILENO, name: "-") : ConfigurationReader.load(file: self.file)
        let printer = DiagnosticPrinter(
            format: self.format,
            colour: DiagnosticPrinter.isColourWanted(on: STDOUT_FILENO)
        )
        print(printer.output(LoadReport(result), isStrict: self.strict), terminator: "")
        switch result.verdict {
        case .valid: if self.strict, result.warningCount > 0 { throw ExitCode(1) }
        case .invalid: throw ExitCode(1)
        case .unreadable: throw ExitCode(2)
        }
    }
}

extension DiagnosticFormat: ExpressibleByArgument {}
