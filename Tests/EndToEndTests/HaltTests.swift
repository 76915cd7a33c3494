import Foundation
import Testing

/// The effect of a pause of the entire router, as of a migrated machine: in a suite of its own, since its limits have
/// to exceed the time in which a busy machine starts ten sessions.
struct HaltTests {
    @Test func `a router that was halted for longer than its limits ends no session with pending bytes`() throws {
        try EchoLan.with(settings: "sessions: {idle_timeout: 10s, request_timeout: 10s}") { echo in
            let before = try ProcessUse.openSockets(of: echo.router.process)
            let sessions = try (0..<10).map { _ in try echo.session() }
            let callers = try (0..<10).map { _ in try echo.connection() }
            // A session has two.
            try eventually("the callers to be accepted") {
                try ProcessUse.openSockets(of: echo.router.process) >= before + 30
            }
            try ProcessUse.halt(echo.router.process)
            let message = Wire.message(Array("still here".utf8))
            for session in sessions { try session.send(message) }
            for caller in callers { try caller.send(Wire.sessionRequest("ECHO")) }
            #expect(try sessions[0].staysSilent(seconds: 11))
            echo.router.process.send(signal: SIGCONT)
            for session in sessions { #expect(try session.receive(exactly: message.count) == message) }
            for caller in callers { #expect(try caller.receive(exactly: 4) == Wire.positiveResponse) }
        }
    }
}
