import Glibc
import Testing

/// Overload of every kind: undisturbed, during a reload and during a stop.
@Suite(.serialized)
struct OverloadTests {
    /// The additional resident memory allowed, in bytes: allocators keep some for reuse.
    private static let memory = 24 << 20

    @Test func `a backend that refuses, over and over`() throws {
        try FaultLan.with { faults in
            try faults.tryOut("200 calls of a dead backend") { inTheMidst in
                for call in 0..<200 {
                    if call == 100 { try inTheMidst() }
                    let client = try faults.connection()
                    try client.send(Wire.sessionRequest("DEAD"))
                    let answer = try client.receiveToEnd()
                    // Thrown, since a router that stops need not respond.
                    guard answer == Wire.negativeResponse(0x83) else { throw RouterFailure(log: "answered \(answer)") }
                }
            }
        }
    }

    @Test func `500 clients that send their request byte by byte, and never all of it`() throws {
        try FaultLan.with { faults in
            try faults.tryOut("500 slow clients") { inTheMidst in
                let request = Wire.sessionRequest("ECHO")
                let crowd = try Crowd(500, from: faults.lan.client, to: faults.lan.router.address)
                for byte in request.prefix(5) { crowd.send([byte]) }
                try inTheMidst()
                #expect(try EchoLan.exchanges(faults.session(to: "ECHO")), "a session beside them")
                for byte in request.prefix(10).dropFirst(5) { crowd.send([byte]) }
                try eventually("the end of all of them") { crowd.open == 0 }
            }
        }
    }

    @Test func `More clients without a request than max_pending admits cannot keep a real one out`() throws {
        try Lan.with { lan in
            _ = try CrowdServer(on: lan.servers[0])
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.to(lan.servers, names: ["NAS"], settings: "sessions: {max_pending: 50, request_timeout: 1h}")
            )
            let held = try router.session(from: lan.client, to: "NAS")
            let crowd = try Crowd(300, from: lan.stranger, to: lan.router.address)
            try eventually("the oldest to give way") { crowd.open == 50 }
            for _ in 0..<20 { #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "NAS"))) }
            #expect(try EchoLan.exchanges(held))
            let line = try router.logLine("the limit") { $0["setting"] == "sessions.max_pending" }
            #expect(line["msg"] == LogMessage.limitReached && line["client"] == lan.stranger.address, "\(line)")
            #expect(router.endedSessions.contains { $0["end"] == "timeout:request" })
        }
    }

    @Test func `a flood of connections`() throws {
        try FaultLan.with { faults in
            let before = try ProcessUse.residentBytes(of: faults.router.process)
            try faults.tryOut("3,000 connections") { inTheMidst in
                for round in 0..<6 {
                    if round == 3 { try inTheMidst() }
                    let crowd = try Crowd(500, from: faults.lan.stranger, to: faults.lan.router.address)
                    if round.isMultiple(of: 2) { crowd.reset() }
                }
            }
            let after = try ProcessUse.residentBytes(of: faults.router.process)
            #expect(after - before < Self.memory, "\(after - before) bytes more")
        }
    }

    @Test func `a name that changes its address all the time`() throws {
        try Lan.with(servers: 2) { lan in
            for server in lan.servers { _ = try CrowdServer(on: server) }
            try lan.router.etc.setHosts("10.77.0.11 nas\n")
            let routes = Routes.route("NAS", to: "nas", "health_check: tcp", "health_interval: 100ms")
            let router = try RouterProcess.start(on: lan.router, Routes.file([routes]))
            let held = try router.session(from: lan.client, to: "NAS")
            let before = try ProcessUse.residentBytes(of: router.process)
            for round in 0..<60 {
                try lan.router.etc.setHosts("10.77.0.\(11 + round % 3) nas\n")
                if round.isMultiple(of: 20) { router.process.send(signal: SIGHUP) }
                // One address in three is unused.
                if round % 3 < 2 { #expect(try EchoLan.exchanges(router.session(from: lan.client, to: "NAS"))) }
            }
            #expect(try EchoLan.exchanges(held))
            #expect(try ProcessUse.residentBytes(of: router.process) - before < Self.memory)
            #expect(try router.stop() == .exited(0))
        }
    }

    @Test func `without free descriptors the router handles signals, and continues when there are some`() throws {
        try FaultLan.with(prefix: ["prlimit", "--nofile=64:64"]) { faults in
            // A reload that cannot open its file fails with a message.
            for signal in [SIGHUP, SIGTERM] {
                let router = faults.router
                let bystander = try faults.session(to: "ECHO")
                let crowd = try Crowd(100, from: faults.lan.client, to: faults.lan.router.address)
                try router.logLine("connections that cannot be accepted") {
                    $0["msg"] == LogMessage.acceptFailed
                }
                router.process.send(signal: signal)
                guard signal == SIGHUP else {
                    #expect(try router.process.wait(within: 10) == .exited(0), "\(router.process.errors)")
                    continue
                }
                try router.logLine("the verdict") { $0["msg"]?.hasPrefix(LogMessage.notReloaded) == true }
                #expect(try EchoLan.exchanges(bystander))
                withExtendedLifetime(crowd) {}
            }
        }
    }

    @Test func `a listener that the kernel takes away is opened again`() throws {
        try EchoLan.with { echo in
            let held = try echo.session()
            for round in 1...3 {
                let killed = try echo.lan.router.run("ss", "-K", "state", "listening", "sport = :139")
                #expect(killed.output.contains("tcp"), "\(killed)")
                try eventually("a line of the log") {
                    echo.router.logLines.count { $0["msg"] == LogMessage.listenerReopened } == round
                }
                #expect(try EchoLan.exchanges(echo.session()))
            }
            #expect(try EchoLan.exchanges(held))
            try echo.router.reload(EchoLan.routes(settings: "listen: {addresses: [10.77.0.1]}"))
            #expect(try EchoLan.exchanges(echo.session()))
            #expect(try echo.router.stop() == .exited(0))
        }
    }

    @Test func `9,000 idle sessions survive a reload, and leak nothing`() throws {
        try Lan.with(alone: true) { lan in
            let server = try CrowdServer(on: lan.servers[0])
            // A busy machine is not a failure here.
            let patience = "sessions: {request_timeout: 1m, connect_timeout: 1m}"
            let routes = Routes.to(lan.servers, names: ["NAS"], settings: patience)
            let router = try RouterProcess.start(on: lan.router, routes)
            let before = try ProcessUse.residentBytes(of: router.process)
            func crowd() throws -> Crowd {
                try Crowd(
                    9_000,
                    from: lan.client,
                    to: lan.router.address,
                    saying: Wire.sessionRequest("NAS"),
                    expecting: Wire.positiveResponse
                )
            }
            let first = try crowd()
            try eventually("the backend to have all of them") { server.open == 9_000 }
            let use = try ProcessUse.residentBytes(of: router.process) - before
            #expect(use < 9_000 * 12_000, "\(use / 9_000) bytes a session")
            let line = try router.reload(routes + Routes.route("MORE", to: lan.servers[0].address))
            #expect(line["sessions_kept"] == "9000", "\(line)")
            #expect(first.open == 9_000)
            first.reset()
            try eventually("the end of all of them", within: 60) { server.open == 0 }
            try eventually("memory to be given back", within: 20) {
                try ProcessUse.residentBytes(of: router.process) - before < Self.memory
            }
            let second = try crowd()
            #expect(try router.stop(within: 30) == .exited(0))
            #expect(try router.logLine("the stop") { $0["msg"] == LogMessage.stopping }["sessions"] == "9000")
            #expect(second.open == 0)
        }
    }
}
