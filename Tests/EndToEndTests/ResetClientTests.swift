import Foundation
import Testing

/// A session whose client was reset while its backend stalls: bytes for the backend are pending, and nothing moves. The
/// operator, a reload and the stop still see and end it.
@Suite(.serialized)
struct ResetClientTests {
    /// A router with such a session.
    private struct Setup {
        let router: RouterProcess
        /// The backend's end of the session.
        let backend: RawSession
        /// The session's id.
        let id: String

        /// The ids of `nbrouter sessions`.
        func listedIDs() throws -> [String] { try ResetClientTests.listedIDs(self.router) }

        /// Expects the end of the session: one line with the reason, and a reset for the backend, which lacks bytes.
        func expectEnd(_ end: String) throws {
            let received = try self.backend.receiveStream(within: 10)
            #expect(received.isIntact && received.end == .reset, "\(received)")
            let line = try self.router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["id"] == self.id && line["end"] == end, "\(line)")
            #expect(self.router.endedSessions.count == 1)
        }
    }

    private static let routes = Routes.file([
        Routes.route("NAS", to: "10.77.0.11", "on_remove: close"), Self.remaining,
    ])
    private static let remaining = Routes.route("OTHER", to: "10.77.0.12")

    private static func listedIDs(_ router: RouterProcess) throws -> [String] {
        let finished = try router.ask("sessions", "--json")
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
        return try JSONDecoder().decode([Session].self, from: Data(finished.output.utf8)).map(\.id)
    }

    private static func with(_ body: (Setup) throws -> Void) throws {
        try Lan.with { lan in
            let backend = Handover()
            defer { backend.end() }
            _ = try RawServer(on: lan.servers[0], options: .init(receiveBuffer: 4096), serve: backend.serve)
            let router = try RouterProcess.start(
                on: lan.router,
                Self.routes,
                control: try lan.router.folder.newFolder("run").appendingPathComponent("control.sock").path,
                arguments: ["--grace", "200ms"]
            )
            let client = try router.session(from: lan.client, to: "NAS")
            #expect(try client.sendPatternUntilBlocked() < 64 << 20, "the backend stalls its client")
            let ids = try Self.listedIDs(router)
            try #require(ids.count == 1)
            client.reset()
            try eventually("the client's reset at the router") { try lan.router.connections(to: lan.client).isEmpty }
            try body(Setup(router: router, backend: try backend.session(), id: ids[0]))
        }
    }

    @Test func `sessions shows it as long as bytes may still reach the backend`() throws {
        try Self.with { setup in
            #expect(try throughout(seconds: 1) { try setup.listedIDs() == [setup.id] })
            #expect(setup.router.endedSessions.isEmpty)
            // The backend continues reading: it gets the rest, and learns that the stream is incomplete.
            try setup.expectEnd("client")
            #expect(try setup.listedIDs().isEmpty)
        }
    }

    @Test func `close ends it, and a second close says that there is no such session`() throws {
        try Self.with { setup in
            #expect(try setup.listedIDs() == [setup.id])
            let closed = try setup.router.ask("close", setup.id)
            #expect(closed.succeeded && closed.output == "closed \(setup.id)\n", "\(closed)")
            let again = try setup.router.ask("close", setup.id)
            #expect(again.ending == .exited(1) && again.errors.contains(setup.id), "\(again)")
            #expect(try setup.listedIDs().isEmpty)
            try setup.expectEnd("closed")
        }
    }

    @Test func `a reload that removes its route ends it if configured`() throws {
        try Self.with { setup in
            let line = try setup.router.reload(Routes.file([Self.remaining]))
            #expect(line["sessions_kept"] == "0", "\(line)")
            #expect(try setup.listedIDs().isEmpty)
            try setup.expectEnd("removed")
        }
    }

    @Test func `a stop ends it, and its line is in the log`() throws {
        try Self.with { setup in
            #expect(try setup.router.stop() == .exited(0))
            try setup.expectEnd("shutdown")
        }
    }
}

/// One element of `sessions --json`.
private struct Session: Decodable {
    let id: String
}
