import Foundation
import Testing

/// Reloads while the router works.
@Suite(.serialized)
struct ReloadTests {
    @Test func `200 reloads in a row lose no byte of a transfer and refuse no connection`() throws {
        try EchoLan.with { echo in
            let done = Flag()
            let transfer = try echo.session()
            let sent = Counter()
            let sending = Background {
                while !done.isRaised {
                    try transfer.sendPattern(count: sent.value + 65_525, from: sent.value, within: 30) { sent.add($0) }
                }
                transfer.finishSending()
            }
            let receiving = Background { try transfer.receivePattern(within: 120) }
            let connected = Counter()
            let connecting = Background {
                while !done.isRaised {
                    let session = try echo.session()
                    guard try EchoLan.exchanges(session) else { throw RouterFailure(log: "a wrong echo") }
                    session.close()
                    connected.add()
                }
            }
            for round in 0..<200 {
                let more = round % 2 == 0 ? Routes.route("NEW\(round)", to: "10.77.0.11:445") : ""
                let line = try echo.router.reload(EchoLan.routes() + more)
                #expect(line["generation"] == "\(round + 2)", "\(line)")
            }
            let duringReloads = sent.value
            done.raise()
            try sending.value(within: 60)
            #expect(try receiving.value(within: 60) == sent.value, "every byte came back, in order")
            try connecting.value(within: 30)
            #expect(duringReloads > 1 << 20, "the transfer ran")
            #expect(connected.value >= 50, "connections were attempted")
            #expect(echo.router.process.isRunning)
            #expect(!echo.router.endedSessions.contains { ($0["end"] ?? "").hasPrefix("refused") })
        }
    }

    @Test func `a real client's transfer goes on through reload after reload`() throws {
        try Lan.with { lan in
            let server = try SambaServer(on: lan.servers[0], greeting: "hello")
            let routes = Routes.to(lan.servers, names: ["NAS"])
            let router = try RouterProcess.start(on: lan.router, routes)
            try router.owns("NAS")
            let (sent, back) = (lan.client.folder.newFile("sent"), lan.client.folder.newFile("back"))
            try Data(Pattern.bytes(count: 200_000_000)).write(to: sent)
            let client = SambaClient(host: lan.client)
            let transfer = Background {
                try client.commands("put \(sent.path) big; get big \(back.path)", of: "NAS", within: 120)
            }
            var reloads = 0
            while !transfer.isDone {
                let more = reloads % 2 == 0 ? Routes.route("NEW\(reloads)", to: lan.servers[0].address) : ""
                try router.reload(routes + more)
                reloads += 1
            }
            let finished = try transfer.value(within: 1)
            #expect(finished.succeeded, "\(finished)")
            #expect(reloads >= 5)
            let expected = try Data(contentsOf: sent)
            #expect(try Data(contentsOf: server.share.appendingPathComponent("big")) == expected)
            #expect(try Data(contentsOf: back) == expected)
        }
    }

    @Test func `an invalid file leaves the old configuration in force, and the log has its diagnostics`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            let broken = """
                routes:
                  - name: A-NAME-THAT-IS-FAR-TOO-LONG
                    backend: 10.77.0.11
                  - name: NOBACKEND
                  - name: ECHO
                    backendd: 10.77.0.11
                """
            try echo.router.write(broken)
            echo.router.process.send(signal: SIGHUP)
            try echo.router.logLine("the refusal to reload") { $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true }
            let check = try echo.lan.router.run(
                try Prerequisites.router(),
                "check",
                "--format",
                "json",
                echo.router.file.path
            )
            #expect(check.ending == .exited(1), "\(check)")
            let verdict = try JSONDecoder().decode(Verdict.self, from: Data(check.output.utf8))
            #expect(verdict.diagnostics.count >= 3, "\(check)")
            let log = echo.router.process.errors
            for diagnostic in verdict.diagnostics {
                #expect(log.contains(diagnostic.code), "\(diagnostic) in \(log)")
                let logged = echo.router.logLines.contains { line in
                    line.description.contains(diagnostic.code)
                        && line.description.contains(":\(diagnostic.line):\(diagnostic.column)")
                }
                #expect(logged, "\(diagnostic) with its place in \(log)")
            }
            #expect(try EchoLan.exchanges(session), "a session that was there")
            #expect(try EchoLan.exchanges(echo.session()), "a new session")
            // And the next valid file is applied.
            let line = try echo.router.reload(EchoLan.routes() + Routes.route("LATER", to: "10.77.0.11"))
            #expect(line["routes_added"] == "1", "\(line)")
            #expect(try EchoLan.exchanges(echo.session(to: "LATER")))
        }
    }

    @Test func `a change of the listener to one address on the same port refuses no connection`() throws {
        try EchoLan.with { echo in
            let (done, connected) = (Flag(), Counter())
            let connecting = (0..<4).map { _ in
                Background {
                    while !done.isRaised {
                        // Several at once, so that some are still in the listener's accept queue when it closes.
                        let connections = try (0..<25).map { _ in try echo.connection() }
                        for connection in connections { try connection.send(Wire.sessionRequest("ECHO")) }
                        for connection in connections {
                            let answer = try connection.receive(exactly: 4)
                            guard answer == Wire.positiveResponse else { throw RouterFailure(log: "\(answer)") }
                            connected.add()
                        }
                    }
                }
            }
            let old = try echo.session()
            for round in 0..<40 {
                let address = round % 2 == 0 ? echo.lan.router.address : "0.0.0.0"
                try echo.router.reload(EchoLan.routes(settings: "listen: {addresses: [\(address)]}"))
                let before = connected.value
                try eventually("connections after the change") {
                    connected.value > before || connecting.contains { $0.isDone }
                }
            }
            done.raise()
            for background in connecting { try background.value(within: 30) }
            #expect(try EchoLan.exchanges(old))
            #expect(connected.value > 200)
        }
    }

    @Test func `a removed route keeps its sessions, or ends them if configured`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let backend = lan.servers[0].address
            let stays = Routes.route("STAYS", to: backend)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([
                    stays, Routes.route("KEEPS", to: backend), Routes.route("CLOSES", to: backend, "on_remove: close"),
                ])
            )
            let staying = try router.session(from: lan.client, to: "STAYS")
            let kept = try router.session(from: lan.client, to: "KEEPS")
            let closed = try router.session(from: lan.client, to: "CLOSES")
            let line = try router.reload(Routes.file([stays]))
            #expect(line["routes_removed"] == "2" && line["sessions_kept"] == "2", "\(line)")
            #expect(try closed.receiveToEnd().isEmpty)
            #expect(try EchoLan.exchanges(kept))
            #expect(try EchoLan.exchanges(staying))
            let end = try router.logLine("the end of the closed session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(end["end"] == "removed" && end["route"] == "CLOSES", "\(end)")
            let again = try RawSession.connect(from: lan.client, to: lan.router.address)
            try again.send(Wire.sessionRequest("KEEPS"))
            #expect(try again.receiveToEnd() == Wire.negativeResponse(0x82))
        }
    }

    @Test func `a reload that cannot bind a port leaves everything as it was`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            let holder = try RawServer(on: echo.lan.router, port: 1139) { _ in }
            try echo.router.write(EchoLan.routes(settings: "listen: {session_port: 1139}"))
            echo.router.process.send(signal: SIGHUP)
            let line = try echo.router.logLine("the refusal to reload") {
                $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true
            }
            #expect(line.description.contains("1139"), "\(line)")
            #expect(try EchoLan.exchanges(session))
            #expect(try EchoLan.exchanges(echo.session()))
            holder.stop()
        }
    }
}

/// The output of `check --format json`.
private struct Verdict: Decodable {
    struct Diagnostic: Decodable {
        let code: String
        let line: Int
        let column: Int
    }

    let diagnostics: [Diagnostic]
}
