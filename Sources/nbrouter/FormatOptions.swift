import ArgumentParser

/// The output format of commands that print diagnostics.
struct FormatOptions: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            "The output: text, json (one object) or github (workflow annotations). (default: text)",
            valueName: "FORMAT"
        )
    )
    var written: DiagnosticFormat?

    @Flag(help: "Print one JSON object; the same as --format json.")
    var json = false

    /// The format to print.
    var format: DiagnosticFormat { self.json ? .json : self.written ?? .text }

    func validate() throws {
        if self.json, let written, written != .json {
            throw ValidationError("--json and --format \(written.rawValue) exclude each other.")
        }
    }
}

extension DiagnosticFormat: ExpressibleByArgument {}
