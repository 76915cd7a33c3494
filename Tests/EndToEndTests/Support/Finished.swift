import Foundation

/// The result of a program: its end and its output.
struct Finished: Sendable, CustomStringConvertible {
    let command: [String]
    let ending: ChildProcess.Ending
    let output: String
    let errors: String

    /// Runs a program, on a host or on the machine itself, and waits for its end.
    ///
    /// - Throws: ``WaitedInVain`` on time-out; the program is killed then.
    init(
        running command: [String],
        in namespace: NetworkNamespace? = nil,
        folder: TemporaryFolder,
        within seconds: Double
    ) throws {
        let output = folder.newFile("output"), errors = folder.newFile("errors")
        let process =
            try namespace?.start(command, output: output, errors: errors)
            ?? ChildProcess(command, output: output, errors: errors)
        self.command = command
        self.ending = try process.wait(within: seconds)
        self.output = process.output
        self.errors = process.errors
    }

    /// Whether it exited with status 0.
    var succeeded: Bool { self.ending == .exited(0) }

    var description: String {
        """
        `\(self.command.joined(separator: " "))`: \(self.ending)
        --- its output:
        \(self.output)
        --- its errors:
        \(self.errors)
        """
    }
}

/// A program that failed unexpectedly.
struct ToolFailure: Error, CustomStringConvertible {
    let finished: Finished
    var description: String { self.finished.description }
}
