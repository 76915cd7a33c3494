import Foundation
import Glibc
import Testing

/// The control socket as a file: permissions, replacement, and files that are never removed.
@Suite(.serialized)
struct ControlSocketTests {
    private static let routes = Routes.file([Routes.route("NAS", to: "10.77.0.11")])

    /// Builds a network with no server and a path for a control socket.
    private func withPath(_ body: (Lan, String) throws -> Void) throws {
        try Lan.with(servers: 0) { lan in
            try body(lan, try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path)
        }
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test func `the socket is for the owner and the group, whatever the umask, and gone after a stop`() throws {
        try self.withPath { lan, path in
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                control: path,
                prefix: ["sh", "-c", "umask 077; exec \"$@\"", "sh"]
            )
            #expect(self.mode(of: path) == 0o660)
            #expect(try router.curl("--head", path: "/").succeeded)
            #expect(try router.stop() == .exited(0))
            #expect(access(path, F_OK) != 0)
            #expect(access(path + ".lock", F_OK) != 0)
        }
    }

    @Test func `a directory that is missing is made, one level deep`() throws {
        try self.withPath { lan, path in
            let control = path + ".d/control.sock"
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: control)
            #expect(try router.ask("reload").succeeded)
        }
    }

    @Test func `the socket of a killed router is replaced`() throws {
        try self.withPath { lan, path in
            let killed = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            killed.process.kill()
            #expect(access(path, F_OK) == 0)
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            #expect(try router.ask("reload").succeeded)
        }
    }

    @Test func `a second router on the same socket does not start, says why, and leaves the first alone`() throws {
        try self.withPath { lan, path in
            let first = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            let ports = "listen: {session_port: 1139, name_port: 1137}\n"
            let second = try RouterProcess(on: lan.router, ports + Self.routes, control: path)
            #expect(try second.process.wait(within: 20) == .exited(1))
            #expect(second.process.errors.contains("another router is listening on it"), "\(second.process.errors)")
            #expect(second.process.errors.contains(path))
            #expect(try first.ask("reload").succeeded)
            #expect(try first.stop() == .exited(0))
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `a file that is not a socket is never removed, and the router serves without a control socket`() throws {
        try self.withPath { lan, path in
            try "precious".write(toFile: path, atomically: true, encoding: .utf8)
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            let line = try router.logLine("the warning") { $0["msg"]?.hasPrefix(LogMessage.noControlSocket) == true }
            #expect(line["level"] == "warning" && line["remedy"] != nil, "\(line)")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
            #expect(try router.stop() == .exited(0))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }

    @Test func `where the socket cannot be made the router serves, warns with a remedy, and a reload makes it`() throws
    {
        try self.withPath { lan, path in
            let folder = path + ".missing/deep"
            let control = folder + "/control.sock"
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: control)
            let line = try router.logLine("the warning") { $0["msg"]?.hasPrefix(LogMessage.noControlSocket) == true }
            #expect(line["listener"] == control && line["remedy"]?.contains("directory") == true, "\(line)")
            try router.reload(Self.routes)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try router.reload(Self.routes)
            #expect(try router.ask("reload").succeeded)
        }
    }

    @Test func `a link that another user puts in the socket's place leads to no file`() throws {
        try self.withPath { lan, path in
            let secret = try lan.router.folder.write("secret", named: "secret").path
            chmod(secret, 0o600)
            // The other user is quick: what is done to the path is done half a second after the socket is there.
            let late = "inject=chmod,fchmodat,chown,fchownat:delay_enter=500000"
            let trace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=chmod,fchmodat,chown,fchownat"]
            let router = try RouterProcess(on: lan.router, Self.routes, control: path, prefix: trace + ["-e", late])
            try eventually("the socket", within: 20) { access(path, F_OK) == 0 }
            unlink(path)
            #expect(symlink(secret, path) == 0)
            try router.logLine("it serves", within: 20) { $0["msg"] == "serving" }
            #expect(self.mode(of: secret) == 0o600)
            #expect(try router.stop() == .exited(0))
            #expect(try String(contentsOfFile: secret, encoding: .utf8) == "secret")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == secret)
        }
    }

    @Test func `of routers that start at once on the path of a dead one exactly one serves, and has the socket`() throws
    {
        try self.withPath { lan, path in
            let dead = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            dead.process.kill()
            // All have found that nobody listens before the first one removes the file.
            let late = "inject=unlink,unlinkat:delay_enter=300000"
            let trace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=unlink,unlinkat", "-e", late]
            for _ in 0..<3 {
                let routers = try (1...5).map { number in
                    let ports = "listen: {session_port: \(number)139, name_port: \(number)137}\n"
                    return try RouterProcess(on: lan.router, ports + Self.routes, control: path, prefix: trace)
                }
                try eventually("the end of a start of each", within: 60) {
                    routers.allSatisfy { router in
                        !router.process.isRunning || router.logLines.contains { $0["msg"] == "serving" }
                    }
                }
                let winners = routers.filter(\.process.isRunning)
                #expect(winners.count == 1)
                for loser in routers where !loser.process.isRunning {
                    #expect(loser.process.ending == .exited(1))
                    #expect(
                        loser.process.errors.contains("another router is listening on it"),
                        "\(loser.process.errors)"
                    )
                }
                for winner in winners {
                    #expect(try winner.ask("reload").succeeded, "\(winner.process.errors)")
                    winner.process.kill()
                }
            }
        }
    }

    @Test func `a socket that somebody removed is made again by a reload`() throws {
        try self.withPath { lan, path in
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            unlink(path)
            try router.reload(Self.routes)
            #expect(try router.ask("reload").succeeded)
        }
    }

    @Test func `a reload moves the socket, or leaves everything as it was`() throws {
        try self.withPath { lan, path in
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            func write(_ control: String) throws {
                try "control: \(control)\n\(Self.routes)".write(to: router.file, atomically: true, encoding: .utf8)
            }
            func reload(_ control: String) throws -> Finished {
                try lan.router.run([try Prerequisites.router(), "reload", "--control", control])
            }
            // Not to where it cannot be.
            try write("/nowhere/at/all/control.sock")
            let refused = try reload(path)
            #expect(refused.ending == .exited(1), "\(refused)")
            #expect(refused.output.contains("/nowhere/at/all/control.sock"), "\(refused)")
            #expect(refused.output.contains("help: create the directory"), "\(refused)")
            #expect(access(path, F_OK) == 0)
            // To where it can, with the answer on the old one.
            let moved = path + ".new"
            try write(moved)
            let answer = try reload(path)
            #expect(answer.succeeded, "\(answer)")
            #expect(access(path, F_OK) != 0)
            #expect(self.mode(of: moved) == 0o660)
            // And away.
            try write("none")
            #expect(try reload(moved).succeeded)
            #expect(access(moved, F_OK) != 0)
            #expect(router.process.isRunning)
        }
    }

    @Test func `Slow, silent and endless requests delay no others, and cost neither memory nor time`() throws {
        try self.withPath { lan, path in
            let router = try RouterProcess.start(on: lan.router, Self.routes, control: path)
            let before = try ProcessUse.residentBytes(of: router.process)
            var connections: [LocalConnection] = []
            for round in 0..<200 {
                let connection = try LocalConnection(path)
                connections.append(connection)
                switch round % 4 {
                case 0: break
                case 1: connection.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                case 2: connection.send("POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\nxxxx")
                default: connection.send(String(repeating: "A", count: 100_000))
                }
            }
            #expect(try router.curl("--head", path: "/").succeeded)
            #expect(try router.ask("reload").succeeded)
            // The oldest were closed at once, the last ones time out.
            let flood = String(repeating: "x", count: 65536)
            try eventually("the end of every connection", within: 30) {
                for connection in connections { connection.send(flood) }
                return connections.allSatisfy(\.isClosed)
            }
            #expect(try router.curl("--head", path: "/").succeeded)
            let growth = try ProcessUse.residentBytes(of: router.process) - before
            #expect(growth < 32 << 20, "grew by \(growth) bytes")
        }
    }
}
