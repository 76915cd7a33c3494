import Foundation
import Glibc

/// The real `nbrouter run`, on a host of the network.
final class RouterProcess: Sendable {
    let process: ChildProcess
    /// Its routes.yaml.
    let file: URL
    /// The path of its control socket, as it was started.
    let control: String?
    let host: Host

    /// Starts a router with a routes.yaml, and waits until both of its ports are open.
    ///
    /// The text has no `control` key: the control socket is the one given here, or none. The prefix precedes the
    /// command, such as a program that drops privileges.
    static func start(
        on host: Host,
        _ routes: String,
        control: String? = nil,
        arguments: [String] = [],
        prefix: [String] = [],
        environment: [String: String] = [:]
    ) throws -> RouterProcess {
        let router = try RouterProcess(
            on: host,
            routes,
            control: control,
            arguments: arguments,
            prefix: prefix,
            environment: environment
        )
        try eventually("nbrouter listening; its log:\n\(router.process.errors)", within: 20) {
            guard router.process.isRunning else { throw RouterFailure(log: router.process.errors) }
            return try host.hasSocket(.tcp, port: 139) && host.hasSocket(.udp, port: 137)
                && router.logLines.contains { $0["msg"] == LogMessage.serving }
        }
        return router
    }

    /// Starts a router without waiting.
    init(
        on host: Host,
        _ routes: String,
        control: String? = nil,
        arguments: [String] = [],
        prefix: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        self.host = host
        self.control = control
        self.file = try host.folder.write(Self.text(routes, control: control), named: "routes.yaml")
        self.process = try host.start(
            prefix + [try Prerequisites.router(), "run", "--config", self.file.path] + arguments,
            environment: environment
        )
    }

    private static func text(_ routes: String, control: String?) -> String {
        "control: \(control ?? "none")\n" + routes
    }

    /// Runs a client command of this router, such as `reload`, to its end.
    func ask(_ command: String..., within seconds: Double = 30) throws -> Finished {
        try self.ask(command, within: seconds)
    }

    /// Runs a client command of this router to its end.
    func ask(_ command: [String], within seconds: Double = 30) throws -> Finished {
        let words = [try Prerequisites.router()] + command + ["--config", self.file.path]
        return try self.host.run(words, within: seconds)
    }

    /// Runs curl against the control socket, with further arguments before the HTTP path.
    func curl(_ arguments: String..., path: String) throws -> Finished {
        guard let control else { throw RouterFailure(log: "this router has no control socket") }
        let words = ["curl", "--silent", "--max-time", "20", "--unix-socket", control] + arguments
        return try self.host.run(words + ["http://nbrouter\(path)"])
    }

    /// The parsed log so far.
    var logLines: [LogLine] {
        self.process.errors.split(separator: "\n").map { LogLine($0) }
    }

    /// Returns the log after an offset, which ``logLength()`` returned.
    func log(after place: UInt64) throws -> String {
        let handle = try FileHandle(forReadingFrom: self.process.errorFile)
        defer { try? handle.close() }
        try handle.seek(toOffset: place)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// The length of its log, in bytes.
    func logLength() throws -> UInt64 {
        let handle = try FileHandle(forReadingFrom: self.process.errorFile)
        defer { try? handle.close() }
        return try handle.seekToEnd()
    }

    /// The log lines of ended sessions so far.
    var endedSessions: [LogLine] { self.logLines.filter { $0["msg"] == "session ended" } }

    /// Waits for a line in the log.
    @discardableResult
    func logLine(
        _ expected: String,
        within seconds: Double = 10,
        where matches: (LogLine) -> Bool
    ) throws -> LogLine {
        var found: LogLine?
        do {
            try eventually("a line of the log: \(expected)", within: seconds) {
                found = self.logLines.first(where: matches)
                return found != nil
            }
        } catch {
            throw RouterFailure(log: "\(error)\n\(self.process.errors)")
        }
        guard let found else { throw RouterFailure(log: self.process.errors) }
        return found
    }

    /// Waits until a name has been claimed.
    func owns(_ name: String, suffix: UInt8 = 0x20, scope: String = "") throws {
        let socket = try RawDatagrams(on: self.host)
        let query = Wire.query(id: 0x4711, name, suffix: suffix, scope: scope)
        do {
            try eventually("an answer for \(name)", within: 15) {
                guard let answer = try socket.ask(query, of: self.host.address, within: 0.2) else { return false }
                return answer.count > 3 && answer[3] & 0x0F == 0 && answer[2] & 0x80 != 0
            }
        } catch {
            throw RouterFailure(log: "\(error)\n\(self.process.errors)")
        }
    }

    /// Replaces routes.yaml.
    func write(_ routes: String) throws {
        try Self.text(routes, control: self.control).write(to: self.file, atomically: true, encoding: .utf8)
    }

    /// Replaces routes.yaml, requests a reload with SIGHUP, and waits for its log line.
    @discardableResult
    func reload(_ routes: String, within seconds: Double = 10) throws -> LogLine {
        try self.write(routes)
        let place = try self.logLength()
        self.process.send(signal: SIGHUP)
        var line: LogLine?
        do {
            try eventually("the end of a reload", within: seconds) {
                line = try self.log(after: place).split(separator: "\n").first { $0.contains("generation=") }.map {
                    LogLine($0)
                }
                return line != nil
            }
        } catch {
            throw RouterFailure(log: "\(error)\n\(self.process.errors)")
        }
        guard let line else { throw RouterFailure(log: self.process.errors) }
        return line
    }

    /// Whether it currently has a file open.
    func isReading(_ path: String) throws -> Bool {
        let folder = "/proc/\(self.process.pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).contains { descriptor in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")) == path
        }
    }

    /// Requests an orderly stop and waits for its end.
    func stop(within seconds: Double = 15) throws -> ChildProcess.Ending {
        self.process.send(signal: SIGTERM)
        return try self.process.wait(within: seconds)
    }

    /// Opens a session from a host of the network, by name, up to the positive response.
    func session(
        from client: Host,
        to name: String,
        scope: String = "",
        options: RawSession.Options = .init()
    ) throws -> RawSession {
        let session = try RawSession.connect(from: client, to: self.host.address, options: options)
        try session.send(Wire.sessionRequest(name, scope: scope))
        let answer = try session.receive(exactly: 4)
        guard answer == Wire.positiveResponse else {
            throw RouterFailure(log: "answered \(answer)\n\(self.process.errors)")
        }
        return session
    }
}

/// The router failed an expectation of the test; the text is its log.
struct RouterFailure: Error, CustomStringConvertible {
    let log: String
    var description: String { "nbrouter: \(self.log)" }
}
