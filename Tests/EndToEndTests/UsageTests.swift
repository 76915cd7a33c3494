import Foundation
import Glibc
import Testing

/// The command line itself: help, version, wrong usage and files that cannot be read.
@Suite(.serialized)
struct UsageTests {
    private func run(_ arguments: [String], prefix: [String] = []) throws -> Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try Finished(running: prefix + [try Prerequisites.router()] + arguments, folder: folder, within: 20)
    }

    private static let commands = [
        "run", "check", "route", "schema", "status", "sessions", "top", "names", "health", "reload", "close", "drain",
        "undrain", "lookup", "node-status",
    ]

    @Test func `wrong usage of every kind is 2, on standard error alone`() throws {
        let wrong: [[String]] =
            [
                [], ["nonsense"], ["help", "nonsense"], [""], ["check", "a", "b"], ["check", "a", "--config", "b"],
                ["check", "--json", "--format", "github"], ["check", "--format", "xml"], ["check", "--timeout", "0s"],
                ["run", "--grace"], ["run", "--grace", "soon"], ["run", "--log-level", "loud"],
                ["reload", "--timeout", "1"],
                ["status", "--timeout", "0ms"], ["sessions", "--interval", "1ms"], ["top", "--interval", "0s"],
                ["close"],
                ["drain"], ["undrain"], ["route"], ["route", "A", "--from", "b"], ["lookup"],
                ["lookup", "A", "--port", "0"],
                ["lookup", "A", "--no-recursion"], ["node-status"], ["--generate-completion-script", "csh"],
            ] + Self.commands.map { [$0, "--nonsense"] } + Self.commands.map { [$0, "a", "b", "c"] }
        for arguments in wrong {
            let finished = try self.run(arguments)
            #expect(finished.ending == .exited(2) && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.localizedCaseInsensitiveContains("usage: nbrouter"), "\(finished)")
        }
    }

    @Test func `misspelt commands and options get a proposal`() throws {
        let misspelt: [([String], String)] = [
            (["statsu"], "'status'"), (["Sessions"], "'sessions'"), (["help", "undran"], "'undrain'"),
            (["nodestatus", "10.0.0.1"], "'node-status'"), (["status", "--jsno"], "'--json'"),
            (["reload", "--time-out", "1s"], "'--timeout'"), (["route", "A", "--confg", "f"], "'--config'"),
        ]
        for (arguments, proposal) in misspelt {
            let finished = try self.run(arguments)
            #expect(
                finished.ending == .exited(2) && finished.errors.contains("Did you mean \(proposal)?"),
                "\(finished)"
            )
        }
        #expect(try !self.run(["frobnicate"]).errors.contains("Did you mean"))
    }

    @Test func `help groups the commands by what they need, and names values in capitals`() throws {
        let help = try self.run(["--help"])
        #expect(help.succeeded && help.errors.isEmpty, "\(help)")
        #expect(try self.run(["help"]).output == help.output)
        #expect(try self.run([]).errors == help.output)
        let headings = ["WITHOUT A RUNNING ROUTER:", "THE RUNNING ROUTER:", "THE NETWORK:"]
        let lines = help.output.split(separator: "\n").map(String.init)
        #expect(lines.filter(headings.contains) == headings, "\(help)")
        let listed = lines.compactMap { $0.wholeMatch(of: /[ ]{2}([a-z-]+) +[A-Z].*\./)?.output.1 }.map(String.init)
        #expect(listed == Self.commands, "\(help)")
        for command in Self.commands {
            let finished = try self.run([command, "--help"])
            #expect(finished.succeeded && finished.errors.isEmpty, "\(finished)")
            #expect(try self.run(["help", command]).output == finished.output)
            let values = finished.output.matches(of: /<([^<> ]+)>/).map(\.output.1).filter {
                $0.wholeMatch(of: /[0-9]+/) == nil
            }
            #expect(values.allSatisfy { $0.allSatisfy { $0.isUppercase } }, "\(finished)")
            let options: [(Substring, Substring)] = finished.output.matches(
                of: /^  (--[a-z-]+) <([A-Z]+)>/.anchorsMatchLineEndings()
            )
            .map { ($0.output.1, $0.output.2) }
            for (option, value) in options {
                switch option {
                case "--config", "--control": #expect(value == "FILE", "\(finished)")
                case "--timeout", "--interval", "--grace": #expect(value == "DURATION", "\(finished)")
                default: continue
                }
            }
        }
    }

    @Test func `the version has a short form, and is shown after a command too`() throws {
        let version = try self.run(["--version"])
        #expect(version.succeeded && !version.output.isEmpty, "\(version)")
        for arguments in [["-V"], ["status", "-V"], ["check", "--version"]] {
            let finished = try self.run(arguments)
            #expect(finished.succeeded && finished.output == version.output, "\(finished)")
        }
    }

    @Test func `a routes file that is missing or unreadable is named, with the reason`() throws {
        try Prerequisites.requireRoot()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let closed = try folder.write("routes: []\n", named: "closed.yaml").path
        chmod(closed, 0o600)
        chmod(folder.url.path, 0o755)
        let binary = folder.newFile("nbrouter").path
        let copy = try Finished(running: ["cp", try Prerequisites.router(), binary], folder: folder, within: 20)
        #expect(copy.succeeded)
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary]
        let missing = folder.url.appendingPathComponent("missing.yaml").path
        for command in [["status"], ["reload"], ["sessions"], ["drain", "a"], ["route", "A"], ["check"], ["top"]] {
            for (file, reason) in [
                (missing, "no such file"), (closed, "permission denied"), (folder.url.path, "directory"),
            ] {
                let finished = try Finished(running: user + command + ["--config", file], folder: folder, within: 20)
                #expect(finished.ending == .exited(2), "\(finished)")
                let text = finished.output + finished.errors
                #expect(text.contains(file) && text.localizedCaseInsensitiveContains(reason), "\(finished)")
            }
        }
    }
}
