import Foundation
import Testing

/// Shortage of descriptors, memory and slots.
@Suite(.serialized)
struct ShortageTests {
    /// The kernel's limits of open files of a process.
    private static func openFileLimits(of process: ChildProcess) throws -> [String] {
        let text = try String(contentsOfFile: "/proc/\(process.pid)/limits", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        return line.dropFirst("Max open files".count).split(separator: " ").prefix(2).map(String.init)
    }

    @Test func `the limit of open files is raised as far as it may be, with a warning where that is too low`() throws {
        try Lan.with { lan in
            func routes(_ maxSessions: Int) -> String {
                let settings = "sessions: {max_sessions: \(maxSessions), max_pending: 10}"
                return Routes.to(lan.servers, names: ["NAS"], settings: settings)
            }
            let limits = ["prlimit", "--nofile=100:1000"]
            let enough = try RouterProcess.start(on: lan.router, routes(80), prefix: limits)
            #expect(try Self.openFileLimits(of: enough.process) == ["1000", "1000"])
            #expect(!enough.logLines.contains { $0["level"] == "warning" }, "\(enough.process.errors)")
            #expect(try enough.stop() == .exited(0))

            let tooFew = try RouterProcess.start(on: lan.router, routes(250), prefix: limits)
            #expect(try Self.openFileLimits(of: tooFew.process) == ["1000", "1000"])
            let warning = try tooFew.logLine("the warning") { $0["level"] == "warning" }
            #expect(warning["msg"] == LogMessage.descriptorLimit, "\(warning)")
            #expect(warning["count"] == "1000" && warning["remedy"]?.contains("LimitNOFILE=") == true, "\(warning)")
            for (count, isWarned) in [(80, false), (250, true)] {
                let file = try lan.router.folder.write(routes(count), named: "routes.yaml")
                let probed = try lan.router.run(
                    limits + [try Prerequisites.router(), "check", "--probe", file.path]
                )
                #expect(probed.output.contains("warning[too-few-descriptors]") == isWarned, "\(probed)")
            }
        }
    }

    @Test(arguments: ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPERM"])
    func `a connection that cannot be accepted is accepted a second later, and nobody else waits`(error: String) throws
    {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            // The first connection is accepted, the next two attempts fail.
            let injection = "inject=accept4:error=\(error):when=2..3"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                prefix: ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e", injection]
            )
            let held = try router.session(from: lan.client, to: "NAS")
            let before = try ProcessUse.processorSeconds(of: router.process)
            let late = try RawSession.connect(from: lan.client, to: lan.router.address)
            try late.send(Wire.sessionRequest("NAS"))
            for _ in 0..<10 { #expect(try EchoLan.exchanges(held)) }
            #expect(try late.receive(exactly: 4) == Wire.positiveResponse)
            #expect(try EchoLan.exchanges(late))
            let line = try router.logLine("why") { $0["msg"] == LogMessage.acceptFailed }
            #expect(line["level"] == "error" && line["reason"]?.isEmpty == false, "\(line)")
            #expect(router.logLines.count { $0["msg"] == LogMessage.acceptFailed } == 1)
            let used = try ProcessUse.processorSeconds(of: router.process) - before
            #expect(used < 1, "\(used) s of processor time: it paused, and did not spin")
        }
    }

    @Test(arguments: ["EPERM", "ENETDOWN", "ECONNABORTED"])
    func `a listener whose accepts fail for ever pauses, whatever the error, and its loop serves its sessions`(
        error: String
    ) throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let injection = "inject=accept4:error=\(error):when=2+"
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                prefix: ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e", injection]
            )
            let held = try router.session(from: lan.client, to: "NAS")
            let waiting = try RawSession.connect(from: lan.client, to: lan.router.address)
            let before = try ProcessUse.processorSeconds(of: router.process)
            let line = try router.logLine("why") { $0["msg"] == LogMessage.acceptFailed }
            #expect(line["level"] == "error", "\(line)")
            for _ in 0..<10 { #expect(try EchoLan.exchanges(held)) }
            // Some pauses, in which the connection waits.
            #expect(throughout(seconds: 3) { router.process.isRunning })
            #expect(router.logLines.count { $0["msg"] == LogMessage.acceptFailed } == 1)
            let used = try ProcessUse.processorSeconds(of: router.process) - before
            #expect(used < 1, "\(used) s of processor time: it paused, and did not spin")
            withExtendedLifetime(waiting) {}
        }
    }

    @Test(arguments: ["max_sessions", "max_sessions_per_client"])
    func `a session limit refuses one too many with 83, and is logged once`(limit: String) throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: "sessions: {\(limit): 2}")
            )
            let held = try (0..<2).map { _ in try router.session(from: lan.client, to: "NAS") }
            for _ in 0..<3 {
                let refused = try RawSession.connect(from: lan.client, to: lan.router.address)
                try refused.send(Wire.sessionRequest("NAS"))
                #expect(try refused.receiveToEnd() == Wire.negativeResponse(0x83))
            }
            let stranger = try RawSession.connect(from: lan.stranger, to: lan.router.address)
            try stranger.send(Wire.sessionRequest("NAS"))
            let isOfAll = limit == "max_sessions"
            #expect(try stranger.receive() == (isOfAll ? Wire.negativeResponse(0x83) : Wire.positiveResponse))
            let line = try router.logLine("the limit") { $0["msg"] == LogMessage.limitReached }
            #expect(line["setting"] == "sessions.\(limit)", "\(line)")
            #expect(router.logLines.count { $0["msg"] == LogMessage.limitReached } == 1)
            for session in held { #expect(try EchoLan.exchanges(session)) }
            held[0].close()
            try eventually("a place that is free again") {
                (try? router.session(from: lan.client, to: "NAS")) != nil
            }
        }
    }
}
