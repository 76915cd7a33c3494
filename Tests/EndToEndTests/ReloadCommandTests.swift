import Foundation
import Glibc
import Testing

/// `nbrouter reload`: the result of a reload, for people, scripts and workflows.
@Suite(.serialized)
struct ReloadCommandTests {
    /// Builds a network with a router that has a control socket.
    private func withRouter(_ body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with(servers: 0) { lan in
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(on: lan.router, Self.routes(["NAS"]), control: path)
            try body(lan, router)
        }
    }

    private static func routes(_ names: [String]) -> String {
        Routes.file(names.map { Routes.route($0, to: "10.77.0.11") })
    }

    @Test func `a reload says what changed, and exits with 0`() throws {
        try self.withRouter { _, router in
            try router.write(Self.routes(["NAS", "SCANS"]))
            let text = try router.ask("reload")
            #expect(text.succeeded, "\(text)")
            #expect(text.errors.isEmpty, "\(text)")
            let lines = text.output.split(separator: "\n")
            #expect(lines.first == "\(router.file.path): valid: 2 routes, 2 names, 1 scope")
            let expected =
                "reloaded: generation 2; routes: 1 added, 0 removed, 0 changed; names: 2 claimed, 0 released; sessions kept: 0"
            #expect(lines.last == Substring(expected), "\(text)")
            let json = try router.ask("reload", "--format", "json")
            let verdict = try JSONDecoder().decode(ReloadVerdict.self, from: Data(json.output.utf8))
            #expect(verdict.valid && verdict.reloaded && verdict.generation == 3, "\(json)")
            #expect(verdict.changes?.routesAdded == 0 && verdict.diagnostics.isEmpty, "\(json)")
        }
    }

    @Test func `an invalid file causes the output of check, in each format, and exit code 1`() throws {
        try self.withRouter { lan, router in
            // Wide and combining characters, tabs, a long line and several places: all difficult cases of carets.
            let padding = String(repeating: "x", count: 300)
            try router.write(
                """
                routes:
                  - {name: A, backend: b, scope: "漢字e\u{301}😀", \t bakend: c}
                  - name: ACCOUNTING-ARCHIVE
                    backend: b
                    name: B
                  - {name: "\(padding)", backend: \u{1B}[31m}
                  - name: a
                    backend: b
                """
            )
            for format in ["text", "json", "github"] {
                let check = try lan.router.run(
                    try Prerequisites.router(),
                    "check",
                    "--format",
                    format,
                    router.file.path
                )
                let reload = try router.ask("reload", "--format", format)
                #expect(check.ending == .exited(1) && reload.ending == .exited(1), "\(reload)")
                guard format == "json" else {
                    let outcome = "not reloaded: the file is invalid; generation 1 stays in force\n"
                    #expect(reload.output == check.output + outcome, "\(check)\n\(reload)")
                    continue
                }
                func members(_ output: String) throws -> [String: Any] {
                    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
                }
                var verdict = try members(reload.output)
                #expect(verdict["reloaded"] as? Bool == false, "\(reload)")
                for name in ["reloaded", "time", "generation", "changes", "failure"] {
                    #expect(verdict.removeValue(forKey: name) != nil, "\(reload)")
                }
                #expect(NSDictionary(dictionary: verdict) == NSDictionary(dictionary: try members(check.output)))
            }
        }
    }

    @Test func `a port that is taken is named with the remedy, and the old configuration stays`() throws {
        try self.withRouter { lan, router in
            let holder = try RawServer(on: lan.router, port: 1139) { _ in }
            try router.write("listen: {session_port: 1139}\n" + Self.routes(["NAS"]))
            let reload = try router.ask("reload")
            #expect(reload.ending == .exited(1), "\(reload)")
            #expect(reload.output.contains("valid: 1 route"), "\(reload)")
            #expect(reload.output.contains("not reloaded: cannot listen on TCP 0.0.0.0:1139"), "\(reload)")
            #expect(reload.output.contains("\n  help: another process holds the port"), "\(reload)")
            #expect(try lan.router.hasSocket(.tcp, port: 139))
            holder.stop()
        }
    }

    @Test func `curl reloads too, and the HTTP status is that of the reload`() throws {
        try self.withRouter { _, router in
            #expect(try router.curl("--fail", "--request", "POST", path: "/reload").succeeded)
            #expect(try router.curl("--fail", path: "/reload").ending == .exited(22))
            try router.write("routes: 1\n")
            let status = try router.curl("-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", path: "/reload")
            #expect(status.output == "422", "\(status)")
        }
    }

    @Test func `Concurrent requests all get the result of a reload that read their file`() throws {
        try self.withRouter { _, router in
            try router.write(Self.routes(["NAS", "NEW"]))
            let askers = (0..<8).map { _ in Background { try router.ask("reload", "--format", "json") } }
            for asker in askers {
                let finished = try asker.value(within: 60)
                let verdict = try JSONDecoder().decode(ReloadVerdict.self, from: Data(finished.output.utf8))
                #expect(verdict.reloaded && verdict.generation >= 2, "\(finished)")
            }
            let added = router.logLines.filter { $0["routes_added"] == "1" }
            #expect(added.count == 1)
        }
    }

    @Test func `without a router the exit code is 2, and the message has the path and the remedy`() throws {
        try self.withRouter { lan, router in
            let binary = try Prerequisites.router()
            let control = try #require(router.control)
            let nothing = try lan.router.run(binary, "reload", "--control", control + ".not")
            #expect(nothing.ending == .exited(2), "\(nothing)")
            #expect(nothing.errors.contains("no router is listening"), "\(nothing)")
            #expect(nothing.errors.contains(control + ".not: no such file"), "\(nothing)")
            #expect(nothing.errors.contains("systemctl start nbrouter"), "\(nothing)")
            router.process.kill()
            let dead = try router.ask("reload")
            #expect(dead.ending == .exited(2), "\(dead)")
            #expect(dead.errors.contains("connection refused") && dead.errors.contains(router.file.path), "\(dead)")
            try "control: none\nroutes: []\n".write(to: router.file, atomically: true, encoding: .utf8)
            let none = try router.ask("reload")
            #expect(none.ending == .exited(2) && none.errors.contains("control: none"), "\(none)")
        }
    }

    @Test func `a user without permission gets a message with the group that has it`() throws {
        try self.withRouter { lan, router in
            let finished = try lan.router.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", try lan.router.copyOfRouter()]
                    + ["reload", "--control", try #require(router.control)]
            )
            #expect(finished.ending == .exited(2), "\(finished)")
            #expect(finished.errors.contains("this user may not ask the router"), "\(finished)")
            #expect(finished.errors.contains("its group is root"), "\(finished)")
            // A group that somebody can join.
            #expect(chown(try #require(router.control), 0, 1) == 0)
            let joinable = try lan.router.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", try lan.router.copyOfRouter()]
                    + ["status", "--control", try #require(router.control)]
            )
            #expect(joinable.ending == .exited(2) && joinable.errors.contains("the group daemon"), "\(joinable)")
            // The socket in a directory that is closed to them, as the unit has it.
            let control = try #require(router.control)
            chmod(URL(fileURLWithPath: control).deletingLastPathComponent().path, 0o750)
            let outside = try lan.router.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", try lan.router.copyOfRouter()]
                    + ["status", "--control", control]
            )
            #expect(outside.ending == .exited(2) && outside.errors.contains("its group is root"), "\(outside)")
        }
    }

    @Test func `a router that does not respond in time is reported`() throws {
        try self.withRouter { _, router in
            router.process.send(signal: SIGSTOP)
            defer { router.process.send(signal: SIGCONT) }
            let finished = try router.ask("reload", "--timeout", "200ms")
            #expect(finished.ending == .exited(2), "\(finished)")
            #expect(finished.errors.contains("did not answer in 200 ms"), "\(finished)")
        }
    }

    @Test func `a timeout beyond the range of clocks is accepted`() throws {
        try self.withRouter { _, router in
            for command in ["reload", "health"] {
                let finished = try router.ask(command, "--timeout", "2147483647h")
                #expect(finished.succeeded, "\(finished)")
            }
        }
    }

    @Test func `a full accept queue is reported as such`() throws {
        try Lan.with(servers: 0) { lan in
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            func withAddress(_ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
                return withUnsafeBytes(of: address) { bytes in
                    bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                        addresses.baseAddress.map { call($0, socklen_t(bytes.count)) } ?? -1
                    }
                }
            }
            let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
            let listener = socket(AF_UNIX, type, 0)
            var waiting: [CInt] = []
            defer { for descriptor in [listener] + waiting { close(descriptor) } }
            try #require(withAddress { bind(listener, $0, $1) } == 0 && listen(listener, 0) == 0)
            repeat {
                waiting.append(socket(AF_UNIX, type, 0))
            } while withAddress { connect(waiting[waiting.count - 1], $0, $1) } == 0
            let words = ["reload", "--control", path, "--timeout", "200ms"]
            let finished = try lan.router.run([try Prerequisites.router()] + words)
            #expect(finished.ending == .exited(2), "\(finished)")
            #expect(finished.errors.contains("took no connection in 200 ms: \(path): its queue is full"))
        }
    }

    @Test func `a file that cannot be reached delays the reload, but neither the sessions nor the stop`() throws {
        try self.withRouter { lan, router in
            unlink(router.file.path)
            #expect(mkfifo(router.file.path, 0o600) == 0)
            // Open at this end as well, and silent: the router waits for a few seconds.
            let pipe = open(router.file.path, O_RDWR | O_CLOEXEC)
            defer { close(pipe) }
            let control = try #require(router.control)
            let reload = Background {
                try lan.router.run(try Prerequisites.router(), "reload", "--control", control, "--timeout", "60s")
            }
            try eventually("a router that reads its file") { try router.isReading(router.file.path) }
            #expect(try router.curl("--head", path: "/").succeeded)
            #expect(try router.stop() == .exited(0))
            #expect(try reload.value(within: 30).ending == .exited(2))
        }
    }
}

/// The output of `reload --format json`.
private struct ReloadVerdict: Decodable {
    struct Diagnostic: Decodable {
        let code: String
    }

    struct Changes: Decodable {
        let routesAdded: Int

        private enum CodingKeys: String, CodingKey {
            case routesAdded = "routes_added"
        }
    }

    let valid: Bool
    let reloaded: Bool
    let generation: Int
    let changes: Changes?
    let diagnostics: [Diagnostic]
}
