import Foundation
import Glibc
import Testing

/// The scripts that complete command lines, in real shells.
@Suite(.serialized)
struct CompletionTests {
    /// Completes a line in bash as after a key press, and prints the proposals.
    private static let bash = """
        source <(nbrouter --generate-completion-script bash)
        complete -p nbrouter >/dev/null || exit
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        read -ra COMP_WORDS <<<"$1"
        [[ $1 != *' ' ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _nbrouter nbrouter "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """

    /// Runs a command in a folder, where `nbrouter` is the one under test.
    private func run(_ command: [String], in folder: TemporaryFolder) throws -> Finished {
        let binary = URL(fileURLWithPath: try Prerequisites.router()).deletingLastPathComponent().path
        let words = ["env", "-C", folder.url.path, "PATH=\(binary):\(Prerequisites.path)"] + command
        return try Finished(running: words, folder: folder, within: 30)
    }

    /// Returns bash's proposals for a line.
    private func proposals(_ line: String, in folder: TemporaryFolder) throws -> [String] {
        let finished = try self.run(["bash", "-c", Self.bash, "bash", line], in: folder)
        guard finished.succeeded, finished.errors.isEmpty else { throw ToolFailure(finished: finished) }
        return finished.output.split(separator: "\n").map(String.init)
    }

    @Test func `bash completes commands, options, their values, files, interfaces and the names of a file`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Routes.file([
            Routes.route("NAS", to: "b", "aliases: [OLDSRV, \"A$(touch x)\"]"), Routes.route("CNC", to: "b"),
        ])
        .write(to: folder.url.appendingPathComponent("some.yaml"), atomically: true, encoding: .utf8)
        try "".write(to: folder.url.appendingPathComponent("some.text"), atomically: true, encoding: .utf8)
        let expected: [(String, [String])] = [
            ("nbrouter undr", ["undrain"]), ("nbrouter reload --ti", ["--timeout"]),
            ("nbrouter check --format ", ["text", "json", "github"]), ("nbrouter run --log-format j", ["json"]),
            ("nbrouter run --log-level w", ["warning"]), ("nbrouter check so", ["some.yaml"]),
            ("nbrouter status --config so", ["some.yaml"]), ("nbrouter lookup --interface l", ["lo"]),
            ("nbrouter check --user roo", ["root"]),
            ("nbrouter route --config some.yaml ", ["CNC", "NAS", "OLDSRV"]),
            ("nbrouter route --config none.yaml ", []),
            ("nbrouter close --control none ", []),
        ]
        for (line, words) in expected {
            // A machine may have more interfaces and users with this prefix.
            let proposals = try self.proposals(line, in: folder)
            #expect(
                line.contains("--user") || line.contains("--interface")
                    ? proposals.contains(words[0]) : proposals == words,
                "\(line): \(proposals)"
            )
        }
        let commands = try self.proposals("nbrouter ", in: folder).filter { !$0.hasPrefix("-") }
        #expect(commands.count == 16, "\(commands)")
    }

    @Test func `bash completes the sessions and backends of the running router`() throws {
        try Lan.with(servers: 2) { lan in
            for server in lan.servers { _ = try RawServer.echo(on: server) }
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let routes = Routes.file(["  - {name: PAIR, backends: [10.77.0.11, \"10.77.0.12:445\"]}\n"])
            let router = try RouterProcess.start(on: lan.router, routes, control: path)
            let folder = lan.router.folder
            let session = try router.session(from: lan.client, to: "PAIR")
            let file = router.file.path
            let ids = try self.proposals("nbrouter close --config \(file) ", in: folder)
            #expect(ids.count == 1 && ids.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{8}/) != nil }, "\(ids)")
            #expect(try router.ask("sessions").output.contains(try #require(ids.first)))
            #expect(try self.proposals("nbrouter undrain --control \(path) ", in: folder).isEmpty)
            #expect(try router.ask("drain", "10.77.0.11").succeeded)
            let away = try self.proposals("nbrouter undrain --control \(path) 10", in: folder)
            #expect(away == ["10.77.0.11:445"], "\(away)")
            let left = try self.proposals("nbrouter drain --control \(path) ", in: folder)
            #expect(left == ["10.77.0.12:445"], "\(left)")
            session.close()
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `each shell takes its script`(shell: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let script = try self.run(["nbrouter", "--generate-completion-script", shell], in: folder)
        #expect(script.succeeded && script.output.contains("undrain"), "\(script)")
        let file = try folder.write(script.output, named: "script")
        let verdict = try self.run([shell, "-n", file.path], in: folder)
        #expect(verdict.succeeded && verdict.errors.isEmpty, "\(verdict)")
    }
}
