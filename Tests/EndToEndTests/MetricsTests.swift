import Foundation
import Glibc
import Testing

/// Metrics and the status page: counters against a scripted run, and the page in a real browser.
@Suite(.serialized)
struct MetricsTests {
    private static let address = "10.77.0.1:9139"
    private static let routes = Routes.file([
        Routes.route("NAS", to: "10.77.0.11", "scope: example.com"), Routes.route("NAS", to: "10.77.0.11"),
        Routes.route("DEAD", to: "10.77.0.11:446"), Routes.route("DENIED", to: "10.77.0.11", "deny: [10.77.0.2]"),
        Routes.route("AWAY", to: "10.77.0.11", "address: 10.77.0.99"),
    ])

    /// Builds a network with an echo server and a router that serves metrics.
    private func withRouter(_ body: (Lan, RouterProcess) throws -> Void) throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let text = "metrics: \(Self.address)\n" + Self.routes
            try body(lan, try RouterProcess.start(on: lan.router, text, control: path))
        }
    }

    /// Gets a page as an untrusted client of the network.
    private func get(_ lan: Lan, _ path: String, _ arguments: String...) throws -> Finished {
        try lan.client.run(["curl", "--silent", "--max-time", "10"] + arguments + ["http://\(Self.address)\(path)"])
    }

    private func metrics(_ lan: Lan) throws -> MetricsPage {
        let page = MetricsPage(try self.get(lan, "/metrics").output)
        #expect(page.flaws.isEmpty, "\(page.flaws)")
        return page
    }

    /// Makes a refused call.
    private func refusal(_ lan: Lan, _ name: String, suffix: UInt8 = 0x20) throws -> [UInt8] {
        let session = try RawSession.connect(from: lan.client, to: lan.router.address)
        try session.send(Wire.sessionRequest(name, suffix: suffix))
        return try session.receiveToEnd()
    }

    // MARK: - Numbers

    @Test func `Counters agree with a scripted run of sessions, refusals and reloads, number by number`() throws {
        try self.withRouter { lan, router in
            let before = try self.metrics(lan)
            #expect(before["nbrouter_config_generation"] == 1)
            #expect(before["nbrouter_session_refusals_total{code=\"82\"}"] == 0)
            #expect(before["nbrouter_session_bytes_total{route=\"NAS\",direction=\"in\"}"] == 0)
            // Three sessions of one route, one of which stays, and one of its namesake in a scope.
            let message = Wire.message([UInt8](repeating: 1, count: 1000))
            var sessions = try (0..<3).map { _ in try router.session(from: lan.client, to: "NAS") }
            sessions.append(try router.session(from: lan.client, to: "NAS", scope: "example.com"))
            for session in sessions {
                try session.send(message)
                #expect(try session.receive(exactly: message.count) == message)
            }
            sessions[1].close()
            sessions[3].close()
            let list = try router.ask("sessions", "--json").output
            let last = try #require(list.matches(of: /"id": "([0-9a-f]{8})"/).last?.output.1)
            #expect(try router.ask("close", String(last)).succeeded)
            // A refusal of each kind, and a connection that sends nothing valid.
            for _ in 0..<3 { #expect(try self.refusal(lan, "WRONG") == Wire.negativeResponse(0x82)) }
            #expect(try self.refusal(lan, "NAS", suffix: 0x03) == Wire.negativeResponse(0x80))
            #expect(try self.refusal(lan, "DENIED") == Wire.negativeResponse(0x81))
            for _ in 0..<2 { #expect(try self.refusal(lan, "DEAD") == Wire.negativeResponse(0x83)) }
            let stranger = try RawSession.connect(from: lan.client, to: lan.router.address)
            try stranger.send([0x47, 0x45, 0x54, 0x20, 0x2F])
            _ = try stranger.receiveToEnd()
            // A successful reload and a failed one.
            try router.reload("metrics: \(Self.address)\n" + Self.routes + Routes.route("MORE", to: "10.77.0.11"))
            try router.write("routes: nonsense\n")
            #expect(try router.ask("reload").ending == .exited(1))
            try eventually("the ends of the sessions") { router.endedSessions.count == 11 }

            // A page is made once a second at most.
            var after = before
            try eventually("a page of what was done") {
                after = try self.metrics(lan)
                return after.sum("nbrouter_sessions_total") == 11
            }
            let expected: [(String, Double)] = [
                ("nbrouter_config_generation", 2), ("nbrouter_config_last_reload_successful", 0),
                ("nbrouter_sessions{route=\"NAS\"}", 1), ("nbrouter_sessions{route=\"NAS\",scope=\"example.com\"}", 0),
                ("nbrouter_sessions_total{route=\"NAS\",end=\"client\"}", 1),
                ("nbrouter_sessions_total{route=\"NAS\",end=\"closed\"}", 1),
                ("nbrouter_sessions_total{route=\"NAS\",scope=\"example.com\",end=\"client\"}", 1),
                ("nbrouter_session_bytes_total{route=\"NAS\",direction=\"in\"}", Double(3 * message.count)),
                ("nbrouter_session_bytes_total{route=\"NAS\",direction=\"out\"}", Double(3 * message.count)),
                (
                    "nbrouter_session_bytes_total{route=\"NAS\",scope=\"example.com\",direction=\"in\"}",
                    Double(message.count)
                ),
                ("nbrouter_session_refusals_total{code=\"82\"}", 3),
                ("nbrouter_session_refusals_total{code=\"80\"}", 1),
                ("nbrouter_session_refusals_total{code=\"81\"}", 1),
                ("nbrouter_session_refusals_total{code=\"83\"}", 2),
                ("nbrouter_session_refusals_total{code=\"8F\"}", 0),
                ("nbrouter_sessions_total{route=\"DEAD\",end=\"refused:83\"}", 2),
                ("nbrouter_sessions_total{route=\"DENIED\",end=\"refused:81\"}", 1),
                ("nbrouter_sessions_total{route=\"\",end=\"refused:82\"}", 3),
                ("nbrouter_sessions_total{route=\"\",end=\"refused:80\"}", 1),
                ("nbrouter_sessions_total{route=\"\",end=\"protocol\"}", 1),
                ("nbrouter_backend_up{route=\"DEAD\",backend=\"10.77.0.11:446\"}", 0),
                ("nbrouter_backend_up{route=\"NAS\",backend=\"10.77.0.11:445\"}", 1),
                ("nbrouter_backend_connect_seconds_count{backend=\"10.77.0.11:445\"}", 4),
                ("nbrouter_name_state{name=\"AWAY\",scope=\"\",state=\"standby\"}", 2),
            ]
            for (sample, value) in expected { #expect(after[sample] == value, "\(sample)") }
            // Every log line of a session's end is counted, and nothing else.
            #expect(router.endedSessions.count == 11)
            let success = try #require(after["nbrouter_config_last_reload_success_timestamp_seconds"])
            #expect(abs(success - Date().timeIntervalSince1970) < 60)
            let build = try self.build()
            #expect(after["nbrouter_build_info{version=\"\(build.version)\",commit=\"\(build.commit)\"}"] == 1)
        }
    }

    @Test(arguments: [
        "a 1\n", "# TYPE a gauge\na 1\n", "# HELP a x\n# TYPE a gauge\na 1", "# HELP a x\n# TYPE a counter\na 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"c\"d\"} 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"c\",} 1\n",
        "# HELP a x\n# TYPE a gauge\na one\n", "# HELP a x\n# TYPE a gauge\na NaN\n",
        "# HELP a x\n# TYPE a gauge\n\na 1\n",
        "# HELP a x\n# TYPE a gauge\n# HELP b x\n# TYPE b gauge\na 1\n", "# HELP a x\n# TYPE a colour\na 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{b=\"c\",le=\"1\"} 2\na_bucket{b=\"c\",le=\"+Inf\"} 1\na_count{b=\"c\"} 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{b=\"c\",le=\"1\"} 1\na_count{b=\"c\"} 1\n",
    ]) func `what reads the metrics here lets no flaw of the format pass`(text: String) {
        #expect(!MetricsPage(text).flaws.isEmpty)
    }

    @Test func `every metric is in the manual page`() throws {
        try self.withRouter { lan, _ in
            let page = try self.metrics(lan)
            let manual = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("man/nbrouter-api.5")
            let text = try String(contentsOf: manual, encoding: .utf8)
            let listed = Set(text.matches(of: /\.It Li (nbrouter_[a-z_]+)/).map { String($0.output.1) })
            #expect(page.names == listed)
        }
    }

    /// The output of `--version`: the version, and the commit if known.
    private func build() throws -> (version: Substring, commit: Substring) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try Finished(running: [try Prerequisites.router(), "--version"], folder: folder, within: 20)
        let words = try #require(finished.output.wholeMatch(of: /(\S+)(?: \(([0-9a-f]+\+?)\))?\n/)).output
        return (words.1, words.2 ?? "")
    }

    @Test func `a current session is counted while it lasts, and no counter ever falls`() throws {
        try self.withRouter { lan, router in
            let session = try router.session(from: lan.client, to: "NAS")
            let message = Wire.message([UInt8](repeating: 1, count: 50_000))
            var last = 0.0
            for round in 1...3 {
                try session.send(message)
                #expect(try session.receive(exactly: message.count) == message)
                try eventually("a page with what was carried") {
                    let page = try self.metrics(lan)
                    let carried = page["nbrouter_session_bytes_total{route=\"NAS\",direction=\"out\"}"] ?? 0
                    #expect(carried >= last)
                    last = carried
                    return carried == Double(round * message.count)
                }
            }
        }
    }

    // MARK: - HTTP

    @Test func `the metrics listener is read-only, and echoes nothing of a request`() throws {
        try self.withRouter { lan, _ in
            for path in ["/reload", "/sessions", "/names", "/sessions/00000000/close", "/..%2f..%2fetc%2fpasswd"] {
                let answer = try self.get(lan, path, "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST")
                #expect(answer.output == "404", "\(path): \(answer)")
            }
            let post = try self.get(lan, "/metrics", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST")
            #expect(post.output == "405", "\(post)")
            let echo = try self.get(lan, "/%3Cscript%3Ealert(1)%3C/script%3E?x=<b>", "--include", "-H", "X-Test: <b>")
            #expect(!echo.output.contains("script") && !echo.output.contains("<b>"), "\(echo)")
            let head = try self.get(lan, "/", "--head")
            for field in [
                "Content-Security-Policy: default-src 'none';", "Cache-Control: no-store",
                "X-Content-Type-Options: nosniff",
            ] {
                #expect(head.output.contains(field), "\(head)")
            }
            let status = try self.get(lan, "/status")
            let object = try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any]
            #expect(object?["generation"] as? Int == 1)
        }
    }

    @Test func `a request for a host that is not this machine is refused: no name of others leads here`() throws {
        try self.withRouter { lan, router in
            func status(_ path: String, _ fields: String...) throws -> String {
                let session = try RawSession.connect(from: lan.client, to: lan.router.address, port: 9139)
                try session.send(Array("GET \(path) HTTP/1.1\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n".utf8))
                return String(decoding: try session.receiveToEnd().dropFirst(9).prefix(3), as: UTF8.self)
            }
            for host in [Self.address, "10.77.0.1", "localhost:9139", "[::1]:9139", lan.router.name] {
                #expect(try status("/metrics", "Host: \(host)") == "200", "\(host)")
            }
            for path in ["/", "/metrics", "/status", "/none"] {
                #expect(try status(path, "Host: evil.example:9139") == "421", "\(path)")
            }
            #expect(try status("/", "Host: \(Self.address)", "Host: evil.example") == "400")
            #expect(try status("/", "Host: evil.example", "Host: \(Self.address)") == "400")
            // It says what to do, and does not repeat the name.
            let answer = try self.get(lan, "/", "-H", "Host: evil.example")
            #expect(answer.output.contains("nbrouter-api(5), METRICS") && !answer.output.contains("evil"), "\(answer)")
        }
    }

    @Test func `a rush of connections cuts no answer short, and shuts nobody else out`() throws {
        let routes = Routes.file((0..<500).map { Routes.route("NAS\($0)", to: "10.77.0.11:\(1000 + $0)") })
        try Lan.with { lan in
            let router = try RouterProcess.start(on: lan.router, "metrics: \(Self.address)\n" + routes)
            let request = Array("GET /metrics HTTP/1.1\r\nHost: \(Self.address)\r\n\r\n".utf8)
            func isWhole(_ bytes: [UInt8]) throws -> Bool {
                let head = String(decoding: bytes.prefix(1024), as: UTF8.self)
                guard let end = head.firstRange(of: "\r\n\r\n")?.upperBound else { return false }
                let length = try #require(head.firstMatch(of: /\r\n[Cc]ontent-[Ll]ength: ([0-9]+)\r\n/)?.output.1)
                return head.hasPrefix("HTTP/1.1 200") && bytes.count == head[..<end].utf8.count + (Int(length) ?? 0)
            }
            var whole = 0
            for _ in 0..<5 {
                let sessions = try (0..<60).map { _ in
                    let session = try RawSession.connect(from: lan.client, to: lan.router.address, port: 9139)
                    try session.send(request)
                    return session
                }
                // Another client, while those of the first take theirs.
                let other = try lan.stranger.run(
                    ["curl", "--silent", "--fail", "--max-time", "10", "http://\(Self.address)/status"]
                )
                #expect(other.succeeded, "\(other.ending)")
                // One that waits too long is closed before a byte of its answer is sent.
                let answers = try sessions.map { session -> [UInt8] in
                    do {
                        return try session.receiveToEnd(within: 30)
                    } catch RawSession.Failure.reset(after: 0) {
                        return []
                    }
                }
                for answer in answers where !answer.isEmpty { #expect(try isWhole(answer), "\(answer.count) bytes") }
                whole += answers.count { !$0.isEmpty }
            }
            #expect(whole >= 5 * 16, "those that are served at once, at least: \(whole)")
            #expect(router.process.isRunning)
        }
    }

    @Test func `a port for metrics that is taken ends the start, with a message that names it and the remedy`() throws {
        try Lan.with { lan in
            let holder = try RawServer(on: lan.router, port: 9139) { _ in }
            let router = try RouterProcess(on: lan.router, "metrics: \(Self.address)\n" + Self.routes)
            #expect(try router.process.wait(within: 20) == .exited(1))
            #expect(router.process.errors.contains("TCP \(Self.address)"), "\(router.process.errors)")
            #expect(router.process.errors.contains("sport = :9139"), "\(router.process.errors)")
            holder.stop()
        }
    }

    @Test func `a reload moves the listener of metrics, also to another address of its port, or takes it away`() throws
    {
        try self.withRouter { lan, router in
            func answers(_ address: String) throws -> Bool {
                try lan.router.run("curl", "--silent", "--fail", "--max-time", "5", "http://\(address)/metrics")
                    .succeeded
            }
            try router.reload("metrics: 0.0.0.0:9139\n" + Self.routes)
            #expect(try answers("127.0.0.1:9139") && answers(Self.address))
            try router.reload("metrics: 127.0.0.1:9139\n" + Self.routes)
            #expect(try answers("127.0.0.1:9139"))
            #expect(try !answers(Self.address))
            // An address that no interface has yet is a standby's.
            try router.reload("metrics: 10.77.0.99:9139\n" + Self.routes)
            #expect(try !answers("127.0.0.1:9139"))
            let holder = try RawServer(on: lan.router, port: 9140) { _ in }
            try router.write("metrics: 127.0.0.1:9140\n" + Self.routes)
            let refused = try router.ask("reload")
            #expect(refused.ending == .exited(1), "\(refused)")
            #expect(refused.output.contains("cannot serve metrics on 127.0.0.1:9140"), "\(refused)")
            holder.stop()
            try router.reload(Self.routes)
            #expect(try !lan.router.hasSocket(.tcp, port: 9139))
        }
    }

    // MARK: - The page in a browser

    @Test func `the status page works in Chromium, with and without JavaScript, and breaks no rule of its own`() throws
    {
        try self.withRouter { lan, router in
            try router.owns("NAS")
            let session = try router.session(from: lan.client, to: "NAS")
            #expect(try EchoLan.exchanges(session))
            _ = try self.refusal(lan, "<B>\"&'EVIL</B>")
            try router.write("routes:\n  - name: <i>X</i>\n")
            #expect(try router.ask("reload").ending == .exited(1))
            let browser = Browser(host: lan.client)
            let page = try browser.open("http://\(Self.address)/")
            #expect(page.complaints.isEmpty, "\(page.complaints)")
            // The response is complete: scripts only refresh it.
            let text = try self.get(lan, "/").output
            for word in [
                "Healthy", "NAS", "10.77.0.11:445", "owned", "standby", "Not in force", "0x82",
                "no route has this name",
                "&lt;B&gt;", "&lt;i&gt;X&lt;/i&gt;", "<figure>",
            ] {
                #expect(page.document.contains(word), "\(word) in \(page.document)")
                #expect(text.contains(word), "\(word) in \(text)")
            }
            #expect(!text.contains("<i>") && !text.contains("<b>") && !text.contains("<B>"))
            #expect(text.contains("<noscript><meta http-equiv=\"refresh\""))
            for (width, height) in [(1200, 1000), (390, 1200)] {
                let picture = try browser.picture(of: "http://\(Self.address)/", width: width, height: height)
                #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 20_000)
            }
        }
    }

    @Test func `the status page refreshes itself if scripts are enabled`() throws {
        try self.withRouter { lan, router in
            // A relay between browser and router detects that the page was loaded, and loaded again.
            let requests = Counter()
            _ = try RawServer(on: lan.client, port: 8080) { connection in
                let request = try connection.receive()
                // A browser with a slow connection opens a second one, and closes the unused one.
                guard !request.isEmpty else { return }
                requests.add()
                func answer() throws -> [UInt8] {
                    let upstream = try RawSession.connect(from: lan.client, to: lan.router.address, port: 9139)
                    try upstream.send(request)
                    return try upstream.receiveToEnd()
                }
                guard requests.value > 1 else { return try connection.send(answer()) }
                let session = try router.session(from: lan.client, to: "NAS")
                try eventually("a page with the session") {
                    String(decoding: try answer(), as: UTF8.self).contains("<dt>Sessions</dt><dd>1</dd>")
                }
                try connection.send(answer())
                session.close()
            }
            let page = try Browser(host: lan.client).open("http://127.0.0.1:8080/", seconds: 8)
            #expect(requests.value == 2)
            #expect(page.document.contains("<dt>Sessions</dt><dd>1</dd>"), "\(page.document)")
            #expect(page.complaints.isEmpty, "\(page.complaints)")
        }
    }
}
