import Testing

/// What a small exchange costs.
@Suite(.serialized)
struct LatencyTests {
    @Test func `A small request and its response take well under the 40 ms of a delayed acknowledgement`() throws {
        try Lan.with(alone: true) { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["ECHO"]))
            let direct = try RawSession.connect(from: lan.client, to: lan.servers[0].address, port: 445)
            let routed = try router.session(from: lan.client, to: "ECHO")
            let directly = try Self.medianMilliseconds(direct)
            let through = try Self.medianMilliseconds(routed)
            print("an exchange of 100 bytes: direct \(directly) ms, through the router \(through) ms (median)")
            #expect(through < 10, "Nagle's algorithm against delayed acknowledgements costs 40 ms and more")
        }
    }

    @Test func `A request in two pieces takes well under the 40 ms of a delayed acknowledgement`() throws {
        try Lan.with(alone: true) { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["ECHO"]))
            let routed = try router.session(from: lan.client, to: "ECHO")
            // The header alone, then the rest: what made each exchange wait in a relay without TCP_NODELAY.
            let through = try Self.medianMilliseconds(routed, pieces: 2)
            print("an exchange of 100 bytes in two pieces: \(through) ms through the router (median)")
            #expect(through < 10)
        }
    }

    private static func medianMilliseconds(_ session: RawSession, pieces: Int = 1) throws -> Double {
        let message = Wire.message(Array(repeating: 0x42, count: 96))
        var times: [Double] = []
        for _ in 0..<400 {
            let start = ContinuousClock.now
            if pieces > 1 { try session.send(Array(message.prefix(4))) }
            try session.send(Array(message.dropFirst(pieces > 1 ? 4 : 0)))
            #expect(try session.receive(exactly: message.count) == message)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times.sorted()[times.count / 2]
    }
}
