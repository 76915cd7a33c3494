import Foundation
import Testing

/// Regression tests for faults found in reviews and attacks.
@Suite(.serialized)
struct FoundByAttackTests {
    @Test func `a query whose response cannot be sent has no other effect`() throws {
        try EchoLan.with { echo in
            // The stranger uses an address that the router has no route to.
            let elsewhere = "203.0.113.5"
            #expect(try echo.lan.stranger.run("ip", "address", "add", "\(elsewhere)/32", "dev", "lo").succeeded)
            #expect(try echo.lan.router.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0").succeeded)
            let lost = try RawDatagrams(on: echo.lan.stranger, address: elsewhere)
            for _ in 0..<5 { try lost.send(Wire.query(id: 1, "ECHO"), to: echo.lan.router.address) }
            #expect(try lost.receive(within: 0.3) == nil)
            let client = try RawDatagrams(on: echo.lan.client)
            #expect(try client.ask(Wire.query(id: 2, "ECHO"), of: echo.lan.router.address) != nil)
            #expect(!echo.router.logLines.contains { $0["level"] == "error" }, "\(echo.router.process.errors)")
        }
    }

    @Test func `a client that resets its call at any moment of the dial leaves no connection to the backend`() throws {
        try EchoLan.with { echo in
            let before = try ProcessUse.openSockets(of: echo.router.process)
            for _ in 0..<300 {
                let connection = try echo.connection()
                try connection.send(Wire.sessionRequest("ECHO"))
                connection.reset()
            }
            try eventually("every socket of a call that was reset to be closed") {
                try ProcessUse.openSockets(of: echo.router.process) <= before
            }
            #expect(try EchoLan.exchanges(echo.session()))
        }
    }

    @Test func `clients that leave end their dials, so that a backend that keeps silent does not pile them up`() throws
    {
        try EchoLan.with(settings: "sessions: {connect_timeout: 60s}") { echo in
            // An unused address of the network: the dial waits.
            let routes = EchoLan.routes(settings: "sessions: {connect_timeout: 60s}")
            try echo.router.reload(routes + Routes.route("SILENT", to: "10.77.0.250"))
            let before = try ProcessUse.openSockets(of: echo.router.process)
            for _ in 0..<100 {
                let connection = try echo.connection()
                try connection.send(Wire.sessionRequest("SILENT"))
                connection.reset()
            }
            try eventually("the dials of clients that are gone to end") {
                try ProcessUse.openSockets(of: echo.router.process) <= before + 1
            }
        }
    }

    @Test func `Reading a pipe in place of the file times out, and neither reload nor stop waits for it`() throws {
        try EchoLan.with { echo in
            let file = echo.router.file.path
            try FileManager.default.removeItem(atPath: file)
            #expect(try echo.lan.router.run("mkfifo", file).succeeded)
            // A writer that never writes.
            _ = try echo.lan.router.start(["sh", "-c", "exec sleep 60 > '\(file)'"])
            echo.router.process.send(signal: SIGHUP)
            try echo.router.logLine("the reload's verdict", within: 20) {
                $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true
            }
            #expect(try EchoLan.exchanges(echo.session()))
            echo.router.process.send(signal: SIGHUP)
            #expect(try echo.router.stop() == .exited(0))
        }
    }

    @Test func `an smbd that is started later on the router's port gets an error, and no session`() throws {
        try EchoLan.with { echo in
            let conf = try echo.lan.router.folder.write(
                """
                [global]
                smb ports = 139
                disable netbios = yes
                """,
                named: "late-smb.conf"
            )
            let folder = try echo.lan.router.folder.newFolder("late-smbd").path
            let directories = ["lock", "state", "cache", "pid"].map { "--option=\($0) directory=\(folder)" }
            _ = try echo.lan.router.start(
                ["smbd", "--foreground", "--no-process-group", "--configfile", conf.path]
                    + directories + ["--option=private dir=\(folder)"]
            )
            for _ in 0..<100 { #expect(try EchoLan.exchanges(echo.session())) }
        }
    }

    @Test func `an orderly stop logs no error`() throws {
        try EchoLan.with { echo in
            let ending = try echo.router.stop()
            #expect(ending == .exited(0))
            #expect(echo.router.logLines.allSatisfy { $0["level"] != "error" }, "\(echo.router.process.errors)")
        }
    }

    @Test func `Out of descriptors the router waits without using the processor, says so, and goes on`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                prefix: ["prlimit", "--nofile=64:64"]
            )
            var connections: [RawSession] = []
            for _ in 0..<90 { connections.append(try RawSession.connect(from: lan.client, to: lan.router.address)) }
            try router.logLine("connections that cannot be accepted") {
                $0["msg"] == LogMessage.acceptFailed
            }
            let before = try ProcessUse.processorSeconds(of: router.process)
            #expect(try connections[89].staysSilent(seconds: 2))
            let used = try ProcessUse.processorSeconds(of: router.process) - before
            #expect(used < 0.5)
            for connection in connections { connection.close() }
            try eventually("a session after the shortage") {
                let session = try? router.session(from: lan.client, to: "NAS")
                return try session.map { try EchoLan.exchanges($0) } ?? false
            }
        }
    }

    @Test func `Out of descriptors, requests to the router cost no processor time, and are answered later`()
        throws
    {
        try Lan.with(servers: 1) { lan in
            let path = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: "metrics: 0.0.0.0:9139"),
                control: path,
                prefix: ["prlimit", "--nofile=64:64"]
            )
            let clients = try (0..<90).map { _ in
                try RawSession.connect(from: lan.client, to: lan.router.address)
            }
            try router.logLine("connections that cannot be accepted") {
                $0["msg"] == LogMessage.acceptFailed
            }
            let operatorConnection = try LocalConnection(path)
            operatorConnection.send("GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
            let scraper = try RawSession.connect(from: lan.client, to: lan.router.address, port: 9139)
            try scraper.send(Array("GET /metrics HTTP/1.1\r\nHost: 10.77.0.1:9139\r\n\r\n".utf8))
            for listener in [path, "TCP 0.0.0.0:9139"] {
                try router.logLine("why nobody is answered on \(listener)") {
                    $0["msg"] == LogMessage.acceptFailed && $0["listener"] == listener
                }
            }
            let before = try ProcessUse.processorSeconds(of: router.process)
            #expect(try scraper.staysSilent(seconds: 2))
            let used = try ProcessUse.processorSeconds(of: router.process) - before
            #expect(used < 0.5, "\(used) s of processor time")
            for client in clients { client.close() }
            #expect(try operatorConnection.receiveToEnd().contains("200 OK"))
            #expect(try String(decoding: scraper.receiveToEnd(), as: UTF8.self).contains("nbrouter_build_info"))
        }
    }
}
