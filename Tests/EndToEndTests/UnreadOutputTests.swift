import Foundation
import Glibc
import Testing

/// Others who do not read what the router tells them: the service manager, and the reader of the log.
@Suite(.serialized)
struct UnreadOutputTests {
    private static let routes = Routes.file(
        [Routes.route("NAS", to: "10.77.0.11")],
        settings: "metrics: 127.0.0.1:9139"
    )

    @Test func `a service manager that does not read holds up no command, no reload and no stop, and misses no state`()
        throws
    {
        try Lan.with(servers: 0) { lan in
            let manager = try NotifySocket(in: lan.router.folder)
            let fillers = try manager.fill()
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                control: try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path,
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"]
            )
            for _ in 1...12 { try router.reload(Self.routes) }
            #expect(try router.ask("reload", within: 5).succeeded)
            #expect(try router.ask("status", within: 5).succeeded)
            #expect(try lan.router.run("curl", "-sf", "-m", "5", "http://127.0.0.1:9139/metrics").succeeded)
            // Once it reads, it hears of the state in force, and of few of those before.
            var messages: [[String: String]] = []
            for _ in 0..<fillers { _ = try manager.message() }
            while messages.last?["STATUS"]?.contains("generation 14") != true {
                messages.append(try manager.message(within: 5))
            }
            #expect(messages.count { $0["WATCHDOG"] == nil } <= 4, "\(messages)")
            #expect(messages.contains { $0["READY"] != nil && $0["STATUS"]?.contains("generation 14") == true })
            _ = try manager.fill()
            #expect(try router.stop() == .exited(0))
        }
    }

    @Test func `a second signal ends the process though nobody reads`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let manager = try NotifySocket(in: lan.router.folder)
            _ = try manager.fill()
            let log = try UnreadPipe(in: lan.router.folder)
            let router = try RouterProcess(
                on: lan.router,
                Self.routes,
                arguments: ["--grace", "60s"],
                prefix: ["sh", "-c", "exec \"$@\" 2>\(log.path)", "sh"],
                environment: ["NOTIFY_SOCKET": manager.path]
            )
            try eventually("a listener", within: 20) { try lan.router.hasSocket(.tcp, port: 139) }
            let session = try router.session(from: lan.client, to: "NAS")
            for _ in 1...12 { router.process.send(signal: SIGHUP) }
            router.process.send(signal: SIGTERM)
            try eventually("no listener") { try !lan.router.hasSocket(.tcp, port: 139) }
            router.process.send(signal: SIGTERM)
            #expect(try router.process.wait(within: 2) == .exited(1))
            #expect(try session.isEnded())
        }
    }
}
