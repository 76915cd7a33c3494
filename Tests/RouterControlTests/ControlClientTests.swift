import Foundation
import Glibc
import Logging
import NetBIOS
import NetBIOSRouter
import RouteConfig
import Testing

@testable import RouterControl

/// The client of the control socket, and the routes of the socket: the real client against the real listener, with a router
/// that was not started behind it, and against others that answer something else.
struct ControlClientTests {
    /// A folder for sockets, which is removed with its contents.
    private static func withPath<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/nbrouter-control.XXXXXX".utf8CString)
        let made = mkdtemp(&template).map { String(cString: $0) }
        let folder = try #require(made)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder + "/control.sock")
    }

    private struct Source: ReloadSource {
        func load() -> LoadResult { ConfigurationReader.load(text: "routes: [", name: "x") }

        func reloadBegan() {}

        func reloadEnded(status: String) {}
    }

    private static func withListener(_ body: (ControlClient) async throws -> Void) async throws {
        try await self.withPath { path in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            var configuration = RouterConfiguration(
                routes: [Route(name: try NetBIOSName("NAS"), backends: [Backend(host: "nas1"), Backend(host: "::1")])]
            )
            configuration.control = path
            let loops = try RouterLoops()
            let router = RouterService(configuration, on: loops, logger: logger)
            let routes = ControlRoutes(router: router, source: Source(), version: RouterVersion("1", commit: nil))
            let listener = ControlListener(routes.responder, files: loops.files, logger: logger)
            await listener.commit(try await listener.prepare(configuration))
            try await body(ControlClient(path: path))
            await listener.close()
        }
    }

    // No test is about this: it is never reached, however busy the machine.
    private static let patience = Duration.seconds(600)

    @Test func `each path takes its methods alone, and every refusal says why in JSON`() async throws {
        try await Self.withListener { client in
            let expected: [(ControlClient.Method, String, Int)] = [
                (.get, "/sessions", 200), (.get, "/names", 200), (.get, "/health", 503), (.get, "/status", 503),
                (.post, "/status", 405), (.get, "/reload", 405), (.get, "/sessions/0000002a/close", 405),
                (.get, "/nothing", 404), (.post, "/nothing", 404), (.get, "/", 404), (.get, "/sessions/", 200),
                (.post, "/sessions/0000002a/close", 404), (.post, "/sessions/x/close", 404),
                (.post, "/backends/nas9/drain", 404), (.post, "/backends/%00%ff/drain", 404),
            ]
            for (method, target, status) in expected {
                let answer = try await client.ask(method, target, within: Self.patience)
                #expect(answer.status == status, "\(method) \(target): \(answer.status)")
                #expect(answer.body.last == UInt8(ascii: "\n"))
                guard status >= 400, target != "/health" else { continue }
                let failure = try JSONText.value(FailureReport.self, from: answer.body)
                #expect(!failure.error.isEmpty && failure.error.last != ".", "\(target): \(failure)")
                #expect(throws: ControlFailure.refused(failure.error)) { try answer.value(FailureReport.self) }
            }
        }
    }

    @Test func `a backend is found in whatever spelling its path has`() async throws {
        try await Self.withListener { client in
            for (target, state) in [
                ("/backends/nas1/drain", "draining"), ("/backends/NAS1%3A445/undrain", "up"),
                ("/backends/%6eas1:445/drain", "draining"), ("/backends/%5B::1%5D:445/drain", "draining"),
            ] {
                let status: BackendStatus = try await client.ask(.post, target, within: Self.patience).value()
                #expect("\(status.state)" == state, "\(target)")
            }
        }
    }

    @Test func `nothing at the path, a file that is no socket and a path that is too long are told apart`() async throws
    {
        try await Self.withPath { path in
            await #expect(throws: ControlFailure.noRouter("no such file or directory")) {
                _ = try await ControlClient(path: path).ask(.get, "/", within: Self.patience)
            }
            try "".write(toFile: path, atomically: true, encoding: .utf8)
            await #expect(throws: ControlFailure.noRouter("connection refused")) {
                _ = try await ControlClient(path: path).ask(.get, "/", within: Self.patience)
            }
            let long = path + String(repeating: "x", count: 200)
            let failure = await #expect(throws: ControlFailure.self) {
                _ = try await ControlClient(path: long).ask(.get, "/", within: Self.patience)
            }
            guard case .connection = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        }
    }

    /// Behaviours of something that is no router of this version.
    enum Stranger: CaseIterable, Sendable {
        case closes, saysNothing, isNoHTTP, isNoJSON, stopsMidway

        var answer: String? {
            switch self {
            case .closes: ""
            case .saysNothing: nil
            case .isNoHTTP: "SSH-2.0-OpenSSH_9.2\r\n"
            case .isNoJSON: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            case .stopsMidway: "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"closed\""
            }
        }
    }

    @Test(arguments: Stranger.allCases)
    func `an answer that is none is a failure, in time`(of stranger: Stranger) async throws {
        try await Self.withPath { path in
            let socket = try ControlSocket.bind(path)
            defer { close(socket.descriptor) }
            let server = Thread {
                var waiting = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 30_000) == 1 else { return }
                let connection = accept(socket.descriptor, nil, nil)
                defer { close(connection) }
                var buffer = [UInt8](repeating: 0, count: 4096)
                recv(connection, &buffer, buffer.count, 0)
                guard let answer = stranger.answer else {
                    // Until the client gives up.
                    recv(connection, &buffer, buffer.count, 0)
                    return
                }
                send(connection, answer, answer.utf8.count, CInt(MSG_NOSIGNAL))
            }
            server.start()
            let time = stranger == .saysNothing ? Duration.milliseconds(200) : Self.patience
            let failure = await #expect(throws: ControlFailure.self) {
                let answer = try await ControlClient(path: path).ask(.get, "/status", within: time)
                _ = try answer.value(CloseReport.self)
            }
            switch failure {
            case .timedOut(time): #expect(stranger == .saysNothing)
            case .noAnswer: #expect(stranger != .saysNothing)
            case .noRouter, .notAllowed, .connection, .timedOut, .queueFull, .refused, nil:
                Issue.record("\(stranger): \(String(describing: failure))")
            }
        }
    }

    @Test(arguments: [
        ("", ""), ("a%20b", "a b"), ("%", "%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%c3%a9", "é"), ("%ff", "\u{FFFD}"),
    ]) func `escapes of a path are bytes, and what is no escape stays`(text: String, decoded: String) {
        #expect(text.percentDecoded == decoded)
    }
}
