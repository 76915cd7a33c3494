import Foundation
import Testing

/// Start and stop of the process.
@Suite(.serialized)
struct StartAndStopTests {
    @Test func `a session port that is taken ends the start with a message that names it and the reason`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.router, port: 139)
            try self.expectFailure(on: lan, port: "139")
        }
    }

    @Test func `a name port that is taken ends the start with a message that names it and the reason`() throws {
        try Lan.with { lan in
            let holder = try RawDatagrams(on: lan.router, port: 137)
            try self.expectFailure(on: lan, port: "137")
            #expect(try holder.receive(within: 0.01) == nil)
        }
    }

    /// Starts a router that cannot bind, and expects exit status 1 and a message.
    private func expectFailure(on lan: Lan, port: String) throws {
        let router = try RouterProcess(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
        #expect(try router.process.wait(within: 10) == .exited(1))
        let log = router.process.errors
        #expect(log.contains("0.0.0.0:\(port)"), "\(log)")
        #expect(log.lowercased().contains("address already in use"), "\(log)")
    }

    @Test func `without the capability to bind low ports the start ends with a message that names it`() throws {
        try Lan.with { lan in
            let binary = try lan.router.copyOfRouter()
            let file = try lan.router.folder.write(
                "control: none\n" + Routes.to(lan.servers, names: ["NAS"]),
                named: "routes.yaml"
            )
            let finished = try lan.router.run(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                binary,
                "run",
                "--config",
                file.path
            )
            #expect(finished.ending == .exited(1), "\(finished)")
            #expect(finished.errors.contains("CAP_NET_BIND_SERVICE"), "\(finished)")
        }
    }

    @Test func `an invalid file ends the start with status 1 and the output of check`() throws {
        try Lan.with { lan in
            let router = try RouterProcess(on: lan.router, "routes:\n  - name: NAS\n")
            #expect(try router.process.wait(within: 10) == .exited(1))
            #expect(router.process.errors.contains("backend"), "\(router.process.errors)")
        }
    }

    @Test func `a stop ends the sessions, in the log too, and exits with 0`() throws {
        try EchoLan.with { echo in
            let sessions = [try echo.session(), try echo.session()]
            for session in sessions { #expect(try EchoLan.exchanges(session)) }
            #expect(try echo.router.stop() == .exited(0))
            for session in sessions { #expect(try session.isEnded()) }
            #expect(echo.router.endedSessions.map { $0["end"] } == ["shutdown", "shutdown"])
        }
    }

    @Test func `SIGINT stops the router as SIGTERM does`() throws {
        try EchoLan.with { echo in
            echo.router.process.send(signal: SIGINT)
            let ending = try echo.router.process.wait(within: 15)
            #expect(ending == .exited(0))
        }
    }

    @Test func `during the grace of a stop sessions continue, new ones are refused, and the last one's end is the end`()
        throws
    {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                arguments: ["--grace", "60s"]
            )
            let session = try router.session(from: lan.client, to: "NAS")
            router.process.send(signal: SIGTERM)
            try eventually("no listener") { try !lan.router.hasSocket(.tcp, port: 139) }
            #expect(throws: SystemFailure.self) { _ = try RawSession.connect(from: lan.client, to: lan.router.address) }
            for _ in 0..<20 { #expect(try EchoLan.exchanges(session)) }
            session.close()
            #expect(try router.process.wait(within: 10) == .exited(0))
            #expect(router.endedSessions.map { $0["end"] } == ["client"])
        }
    }

    @Test func `a second signal ends the process at once`() throws {
        try Lan.with { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"]),
                arguments: ["--grace", "60s"]
            )
            let session = try router.session(from: lan.client, to: "NAS")
            router.process.send(signal: SIGTERM)
            try eventually("no listener") { try !lan.router.hasSocket(.tcp, port: 139) }
            #expect(router.process.isRunning)
            router.process.send(signal: SIGTERM)
            _ = try router.process.wait(within: 2)
            #expect(try session.isEnded())
        }
    }

    @Test func `the router restarts at once on the ports it has just released, with sessions open`() throws {
        try EchoLan.with { echo in
            let session = try echo.session()
            #expect(try EchoLan.exchanges(session))
            #expect(try echo.router.stop() == .exited(0))
            let again = try RouterProcess.start(on: echo.lan.router, EchoLan.routes())
            #expect(try EchoLan.exchanges(again.session(from: echo.lan.client, to: "ECHO")))
        }
    }
}
