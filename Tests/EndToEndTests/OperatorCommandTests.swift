import Foundation
import Glibc
import Testing

/// The commands that inspect and change a running router, with real sessions open.
@Suite(.serialized)
struct OperatorCommandTests {
    /// Builds a network with two echo servers and a router that has a control socket.
    private func withRouter(_ body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with(servers: 2) { lan in
            for server in lan.servers { _ = try RawServer.echo(on: server) }
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            try body(lan, router)
        }
    }

    private static let routes = Routes.file([
        Routes.route("NAS", to: "10.77.0.11", "scope: example.com"),
        "  - {name: PAIR, backends: [10.77.0.11, 10.77.0.12]}\n",
        Routes.route("AWAY", to: "10.77.0.11", "address: 10.77.0.99"),
    ])

    /// Returns the JSON output of a command.
    private func json<Value: Decodable>(_ router: RouterProcess, _ command: String...) throws -> Value {
        let words = [try Prerequisites.router()] + command + ["--json", "--config", router.file.path]
        let finished = try router.host.run(words)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(finished.output.utf8))
    }

    @Test func `the turns of all event loops are measured for tests`() throws {
        try self.withRouter { lan, router in
            #expect(try router.turnReport().loops.allSatisfy { $0.turns == 0 })
            let session = try router.session(from: lan.client, to: "NAS", scope: "example.com")
            session.close()
            _ = try router.logLine("the end of the session") { $0["msg"] == "session ended" }
            let report = try router.turnReport()
            #expect(report.loops.contains { $0.loop.hasPrefix("sessions-") && $0.turns > 0 }, "\(report)")
            #expect(report.loops.last?.loop == "names", "\(report)")
        }
    }

    // MARK: - sessions

    @Test func `sessions shows a session with every field of its log line`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "NAS", scope: "example.com")
            let message = Wire.message([UInt8](repeating: 7, count: 1000))
            try session.send(message)
            #expect(try session.receive(exactly: message.count) == message)
            let sessions: [Session] = try self.json(router, "sessions")
            let shown = try #require(sessions.first)
            #expect(sessions.count == 1)
            let text = try router.ask("sessions")
            #expect(text.output.contains("\(shown.id)  \(shown.client)  "), "\(text)")
            #expect(text.output.contains("NAS<20>.example.com"), "\(text)")
            session.close()
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["id"] == shown.id && line["client"] == shown.client, "\(line) \(shown)")
            #expect(line["calling"] == shown.calling && line["called"] == shown.called, "\(line) \(shown)")
            #expect(line["scope"] == shown.scope && line["route"] == shown.route, "\(line) \(shown)")
            #expect(line["backend"] == shown.backend, "\(line) \(shown)")
            #expect(line["bytes_in"] == "\(shown.bytesIn)" && line["bytes_out"] == "\(shown.bytesOut)")
            #expect(shown.bytesIn == message.count && shown.ageMs >= 0)
            #expect(try router.ask("sessions", "--json").output == "[]\n")
        }
    }

    @Test func `a calling name reaches the terminal as text, whatever bytes it has`() throws {
        try self.withRouter { lan, router in
            let session = try RawSession.connect(from: lan.client, to: lan.router.address)
            try session.send(Wire.sessionRequest("PAIR", calling: "\u{1B}[31mEVIL\n"))
            #expect(try session.receive(exactly: 4) == Wire.positiveResponse)
            for arguments in [["sessions"], ["sessions", "--json"]] {
                let finished = try router.ask(arguments)
                #expect(finished.succeeded && finished.output.contains("EVIL"), "\(finished)")
                #expect(finished.output.utf8.allSatisfy { $0 == 10 || $0 >= 32 }, "\(finished)")
            }
        }
    }

    @Test func `close ends a session within a second, and the log has the reason`() throws {
        try self.withRouter { lan, router in
            let (kept, closed) = (
                try router.session(from: lan.client, to: "PAIR"), try router.session(from: lan.client, to: "PAIR")
            )
            let sessions: [Session] = try self.json(router, "sessions")
            let id = try #require(sessions.last).id
            let finished = try router.ask("close", id)
            #expect(finished.succeeded && finished.output == "closed \(id)\n", "\(finished)")
            #expect(try closed.receiveToEnd(within: 1).isEmpty)
            let line = try router.logLine("its end") { $0["id"] == id && $0["end"] != nil }
            #expect(line["end"] == "closed", "\(line)")
            #expect(try EchoLan.exchanges(kept))
            for word in [id, "nonsense", "../x", ""] {
                let again = try router.ask("close", word)
                #expect(again.ending == .exited(1), "\(again)")
                #expect(again.errors.hasPrefix("nbrouter: "), "\(again)")
            }
        }
    }

    // MARK: - drain

    @Test func `drain diverts new sessions and keeps existing ones, and undrain reverts it`() throws {
        try self.withRouter { lan, router in
            let old = try router.session(from: lan.client, to: "PAIR")
            let drained = try router.ask("drain", "10.77.0.11")
            #expect(drained.succeeded && drained.output == "10.77.0.11:445: draining, 1 session\n", "\(drained)")
            let new = try router.session(from: lan.client, to: "PAIR")
            #expect(try EchoLan.exchanges(old) && EchoLan.exchanges(new))
            let sessions: [Session] = try self.json(router, "sessions")
            #expect(sessions.map(\.backend) == ["10.77.0.11:445", "10.77.0.12:445"])
            let status: Status = try self.json(router, "status")
            #expect(status.backends.first?.state == "draining" && status.backends.first?.sessions == 1)
            // A route without another backend refuses.
            let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
            try refused.send(Wire.sessionRequest("NAS", scope: "example.com"))
            #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            // It outlasts a reload.
            try router.reload(Self.routes + Routes.route("MORE", to: "10.77.0.12"))
            let after: Status = try self.json(router, "status")
            #expect(after.backends.first?.state == "draining")
            let undrained = try router.ask("undrain", "10.77.0.11:445")
            #expect(undrained.output == "10.77.0.11:445: up, 1 session\n", "\(undrained)")
            _ = try router.session(from: lan.client, to: "NAS", scope: "example.com")
            let unknown = try router.ask("drain", "nas9")
            #expect(unknown.ending == .exited(1) && unknown.errors.contains("10.77.0.12:445"), "\(unknown)")
        }
    }

    // MARK: - status, names and health

    @Test func `status has the keys of the contract, and the result of the last reload`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "PAIR")
            let status: Status = try self.json(router, "status")
            #expect(status.sessions.current == 1 && status.sessions.total == 1)
            #expect(status.lastReload.ok && status.generation == 1 && status.uptimeS >= 0)
            let build = status.version + (status.commit.map { " (\($0))" } ?? "")
            #expect(try lan.router.run(try Prerequisites.router(), "--version").output == build + "\n")
            #expect(status.routes.map(\.name) == ["NAS", "PAIR", "AWAY"])
            #expect(status.listeners.map(\.address).contains("0.0.0.0:139"))
            try router.write("routes:\n  - name: NAS\n    bakend: b\n")
            #expect(try router.ask("reload").ending == .exited(1))
            let after: Status = try self.json(router, "status")
            #expect(!after.lastReload.ok && after.generation == 1)
            #expect(after.lastReload.diagnostics.map(\.code) == ["unknown-key"])
            let text = try router.ask("status")
            #expect(text.output.hasPrefix("version      \(build), up "), "\(text)")
            #expect(text.output.contains("not in force: the file is invalid"), "\(text)")
            #expect(text.output.contains("4 |     bakend: b\n  |     ^^^^^^"), "\(text)")
            #expect(text.output.contains("1 now, 1 in total"), "\(text)")
            #expect(try EchoLan.exchanges(session))
        }
    }

    @Test func `names shows each name with its state, a holder's address where there is one, and standbys`() throws {
        try self.withRouter { lan, router in
            try router.owns("PAIR")
            let names: [Name] = try self.json(router, "names")
            let pair = try #require(names.first { $0.name == "PAIR" && $0.suffix == "0x20" })
            #expect(pair.state == "owned" && pair.interface == "eth0" && pair.address == lan.router.address)
            #expect(pair.route == "PAIR" && pair.registrar == "broadcast" && pair.holder == nil && !pair.group)
            let away = try #require(names.first { $0.name == "AWAY" })
            #expect(away.state == "standby" && away.address == "10.77.0.99" && away.interface == nil)
            #expect(names.contains { $0.name == "WORKGROUP" && $0.group && $0.route == nil })
            let text = try router.ask("names")
            #expect(text.output.hasPrefix("NAME "), "\(text)")
            #expect(text.output.contains("PAIR<20>"), "\(text)")
        }
    }

    @Test func `health is 0 while the router serves, 1 while it stops, and 2 without a response in time`() throws {
        try Lan.with(servers: 1) { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                control: path,
                arguments: ["--grace", "60s"]
            )
            let healthy = try router.ask("health")
            #expect(healthy.succeeded && healthy.output == "healthy\n", "\(healthy)")
            #expect(try router.curl("--fail", path: "/health").succeeded)
            let session = try router.session(from: lan.client, to: "PAIR")
            router.process.send(signal: SIGTERM)
            try eventually("no listener") { try !lan.router.hasSocket(.tcp, port: 139) }
            let stopping = try router.ask("health")
            #expect(stopping.ending == .exited(1), "\(stopping)")
            #expect(stopping.output == "unhealthy: the router is stopping\n", "\(stopping)")
            #expect(try router.curl("--fail", path: "/health").ending == .exited(22))
            router.process.send(signal: SIGSTOP)
            let silent = try router.ask("health", "--timeout", "200ms")
            #expect(silent.ending == .exited(2), "\(silent)")
            router.process.send(signal: SIGCONT)
            session.close()
            #expect(try router.process.wait(within: 15) == .exited(0))
            #expect(try router.ask("health").ending == .exited(2))
        }
    }

    @Test func `health reports that connections cannot be accepted`() throws {
        try Lan.with(servers: 1) { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                control: path,
                prefix: ["prlimit", "--nofile=64:64"]
            )
            // Uses a connection that was open before descriptors ran out.
            try router.owns("PAIR")
            let before = try ProcessUse.openSockets(of: router.process)
            let connection = try LocalConnection(path)
            try eventually("an accepted connection") { try ProcessUse.openSockets(of: router.process) > before }
            let clients = try (0..<80).map { _ in
                try RawSession.connect(from: lan.client, to: lan.router.address)
            }
            try router.logLine("the error") { $0["msg"] == LogMessage.acceptFailed }
            connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try connection.receiveToEnd()
            #expect(answer.contains("503 Service Unavailable"), "\(answer)")
            #expect(answer.contains("cannot accept connections"), "\(answer)")
            for client in clients { client.close() }
        }
    }

    // MARK: - JSON and time-outs

    @Test func `every command prints JSON in one style`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "PAIR")
            try router.owns("PAIR")
            let file = router.file.path
            let sessions: [Session] = try self.json(router, "sessions")
            let commands = [
                ["status"], ["sessions"], ["names"], ["health"], ["reload"], ["drain", "10.77.0.12"],
                ["undrain", "10.77.0.12"], ["close", try #require(sessions.first).id], ["route", "PAIR"], ["check"],
            ]
            var outputs = try commands.map { try router.ask($0 + ["--json"]) }
            for words in [["check", "--format", "json", file], ["lookup", "PAIR", "--json"]] {
                outputs.append(try lan.router.run([try Prerequisites.router()] + words))
            }
            let status = ["node-status", lan.router.address, "--json", "--timeout", "5s"]
            outputs.append(try lan.client.run([try Prerequisites.router()] + status))
            for finished in outputs {
                let lines = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(finished.output.hasSuffix("}\n") || finished.output.hasSuffix("]\n"), "\(finished)")
                #expect(lines.count > 2 || finished.output == "[]\n", "\(finished)")
                for line in lines.dropLast() {
                    #expect(line.wholeMatch(of: Self.jsonLine) != nil, "\(line) of \(finished)")
                }
            }
            _ = session
        }
    }

    /// A line of JSON: an even count of spaces, a key with one space after its colon, a value or brackets.
    private static var jsonLine: Regex<Substring> {
        /(?:  )*(?:"[a-z0-9_]+": )?(?:"(?:[^"\\]|\\.)*",?|[-+.eE0-9]+,?|true,?|false,?|null,?|[\[{]|[\]}],?|\[\],?|\{\},?)/
    }

    @Test func `each command that asks the router says within its time-out that the router hangs`() throws {
        try self.withRouter { _, router in
            router.process.send(signal: SIGSTOP)
            defer { router.process.send(signal: SIGCONT) }
            for command in [
                ["reload"], ["status"], ["sessions"], ["names"], ["health"], ["drain", "a"], ["close", "a"], ["top"],
            ] {
                let finished = try router.ask(command + ["--timeout", "200ms"])
                #expect(finished.ending == .exited(2), "\(finished)")
                #expect(finished.errors.contains("did not answer in 200 ms"), "\(finished)")
            }
        }
    }

    // MARK: - The terminal

    @Test func `top shows the busiest sessions in place, and leaves the terminal as it was`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "PAIR")
            #expect(try EchoLan.exchanges(session))
            let command = "stty cols 90 rows 10; timeout --signal=INT 4 \(try Prerequisites.router()) top"
            let words = "\(command) --interval 200ms --config \(router.file.path)"
            let finished = try lan.router.run("script", "--quiet", "--command", words, "/dev/null")
            let isLeft = finished.output.contains("\u{1B}[?1049h") && finished.output.hasSuffix("\u{1B}[?1049l")
            #expect(isLeft, "\(finished)")
            #expect(finished.output.contains("1 of 1 sessions"), "\(finished)")
            let plain = finished.output.replacing("\u{1B}[H", with: "\n")
                .replacing(/\u{1B}\[[?0-9;]*[A-Za-z]/, with: "").replacing("\r\n", with: "\n")
            #expect(plain.contains(/\nnbrouter [0-9.]+, up [^\n]* 1 of 1 sessions[^\n]*\n *names: [0-9]/), "\(plain)")
            #expect(plain.split(whereSeparator: \.isNewline).allSatisfy { $0.count <= 90 }, "\(plain)")
            let still = try router.ask("sessions")
            #expect(!still.output.contains("\u{1B}"), "no colours in a pipe")
        }
    }
}

/// One element of `sessions --json`; the names are those of the JSON.
private struct Session: Decodable {
    let id, client, calling, called: String
    let scope, route, backend, dialect: String?
    let bytesIn, bytesOut, ageMs: Int
}

/// One element of `names --json`.
private struct Name: Decodable {
    let name, suffix, scope, state, address: String
    let group: Bool
    let route, interface, holder, registrar: String?
    let refreshInS: Int?
}

/// The output of `status --json`.
private struct Status: Decodable {
    struct Reload: Decodable {
        let ok: Bool
        let time: String
        let diagnostics: [Diagnostic]
    }

    struct Diagnostic: Decodable {
        let code: String
    }

    struct Sessions: Decodable {
        let current, total: Int
    }

    struct Route: Decodable {
        let name: String
    }

    struct Backend: Decodable {
        let address, state: String
        let sessions: Int
    }

    struct Listener: Decodable {
        let address: String
    }

    let version: String
    let commit: String?
    let uptimeS, generation: Int
    let lastReload: Reload
    let sessions: Sessions
    let routes: [Route]
    let backends: [Backend]
    let listeners: [Listener]
}
