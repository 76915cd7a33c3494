import Foundation
import Glibc
import Testing

/// The limits of open files and threads: too low for the start, or reached while the router serves.
@Suite(.serialized)
struct LimitTests {
    /// A user whose threads nobody else's count with.
    private static let user = ["setpriv", "--reuid=54377", "--regid=54377", "--clear-groups"]

    /// Ports that every user may bind.
    private static let routes = """
        control: none
        metrics: 127.0.0.1:9139
        listen: {session_port: 1139, name_port: 1137}
        routes:
          - {name: NAS, backend: localhost}

        """

    /// Starts a router under a limit, and expects that it serves and stops, or ends with 1 and a word about the limit.
    ///
    /// - Returns: Whether it served.
    private func serves(_ lan: Lan, _ limit: String, _ command: [String], remedy: String) throws -> Bool {
        let process = try lan.router.start(Self.user + ["prlimit", limit] + command)
        try eventually("\(limit): a router that serves, or its end", within: 20) {
            !process.isRunning || process.errors.contains("msg=serving")
        }
        let isServing = process.isRunning
        process.send(signal: SIGTERM)
        let ending = try process.wait(within: 20)
        #expect(ending == .exited(isServing ? 0 : 1), "\(limit): \(process.errors)")
        #expect(isServing || process.errors.contains(remedy), "\(limit): \(process.errors)")
        return isServing
    }

    @Test(arguments: [("nofile", "oo many open files"), ("nproc", "raise the limit of threads")])
    func `Under any limit the router serves, or ends with 1 and names the limit`(
        limit: String,
        remedy: String
    ) throws {
        try Lan.with(servers: 0) { lan in
            let file = try lan.router.folder.write(Self.routes, named: "routes.yaml")
            let command = [try lan.router.copyOfRouter(), "run", "--config", file.path]
            var served: [Int] = []
            // From 13 cores on 64 are too few for the event loops.
            for number in Array(10...64) + [400]
            where try self.serves(lan, "--\(limit)=\(number)", command, remedy: remedy) {
                served.append(number)
            }
            #expect(served.contains(400) && !served.contains(10), "\(served)")
        }
    }

    /// Sets the soft limit of open files of a running process.
    private func limit(_ process: ChildProcess, to number: Int, on host: Host) throws {
        let finished = try host.run("prlimit", "--pid", "\(process.pid)", "--nofile=\(number):")
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
    }

    @Test func `a reload that starts the first HTTP listener with few descriptors left fails or succeeds, and no more`()
        throws
    {
        try Lan.with(servers: 0) { lan in
            let routes = Routes.file([Routes.route("NAS", to: "localhost")])
            let router = try RouterProcess.start(on: lan.router, routes, prefix: ["prlimit", "--nofile=64:128"])
            let open = try ProcessUse.openDescriptors(of: router.process)
            var outcomes: Set<Bool> = []
            for free in 0...12 {
                try router.write("metrics: 127.0.0.1:9139\n" + routes)
                let place = try router.logLength()
                try self.limit(router.process, to: open + free, on: lan.router)
                router.process.send(signal: SIGHUP)
                var lines: [LogLine] = []
                try eventually("the outcome with \(free) free descriptors") {
                    lines = try router.log(after: place).split(separator: "\n").map { LogLine($0) }
                    return !router.process.isRunning || lines.contains { $0["msg"]?.contains("reloaded") == true }
                }
                try #require(router.process.isRunning, "\(free) free descriptors: \(router.process.errors)")
                outcomes.insert(lines.contains { $0["msg"] == "reloaded" })
                try self.limit(router.process, to: 128, on: lan.router)
                try router.reload(routes)
            }
            #expect(outcomes == [true, false])
            #expect(try router.stop() == .exited(0))
        }
    }

    @Test func `without a thread to be had commands, metrics, reloads and the stop work as before`() throws {
        try Lan.with(servers: 0) { lan in
            let control = try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path
            chmod((control as NSString).deletingLastPathComponent, 0o777)
            let routes = Self.routes.replacing("control: none", with: "control: \(control)")
            let file = try lan.router.folder.write(routes, named: "routes.yaml")
            let binary = try lan.router.copyOfRouter()
            let process = try lan.router.start(Self.user + [binary, "run", "--config", file.path])
            try eventually("a router that serves") { process.errors.contains("msg=serving") }
            // Pools that make threads on demand have none left after five idle seconds.
            #expect(throughout(seconds: 7) { process.isRunning })
            let limit = try lan.router.run(Self.user + ["prlimit", "--pid", "\(process.pid)", "--nproc=1:1"])
            #expect(limit.succeeded, "\(limit)")
            for _ in 0..<3 {
                let reload = try lan.router.run([binary, "reload", "--control", control], within: 10)
                #expect(reload.succeeded, "\(reload)")
            }
            #expect(try lan.router.run("curl", "-sf", "-m", "10", "http://127.0.0.1:9139/metrics").succeeded)
            process.send(signal: SIGTERM)
            #expect(try process.wait(within: 15) == .exited(0))
        }
    }
}
