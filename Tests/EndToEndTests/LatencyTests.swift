import Glibc
import Testing

/// The latency of a small exchange.
@Suite(.serialized)
struct LatencyTests {
    @Test func `a small request and its response take well under the 40 ms of a delayed acknowledgement`() throws {
        try Lan.with(alone: true) { lan in
            _ = try RawServer.echo(on: lan.servers[0])
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["ECHO"]))
            let direct = try RawSession.connect(from: lan.client, to: lan.servers[0].address, port: 445)
            let routed = try router.session(from: lan.client, to: "ECHO")
            let directly = try Self.medianMilliseconds(direct) { try direct.send($0) }
            let through = try Self.medianMilliseconds(routed) { try routed.send($0) }
            print("an exchange of 100 bytes: direct \(directly) ms, through the router \(through) ms (median)")
            #expect(through < 10, "Nagle's algorithm against delayed acknowledgements costs 40 ms and more")
        }
    }

    @Test func `a request in two pieces takes well under the 40 ms of a delayed acknowledgement`() throws {
        try Lan.with(alone: true) { lan in
            // The server answers whole messages, in two pieces as well: nothing but an acknowledgement follows the
            // first piece.
            _ = try RawServer(on: lan.servers[0]) { session in
                while true {
                    let message = try session.receive(exactly: 100, within: 60)
                    try Self.send(message, inPiecesTo: session)
                }
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let routed = try router.session(from: lan.client, to: "NAS")
            let through = try Self.medianMilliseconds(routed) { try Self.send($0, inPiecesTo: routed) }
            print("an exchange of 100 bytes in two pieces each way: \(through) ms through the router (median)")
            #expect(through < 10, "Nagle's algorithm against delayed acknowledgements costs 40 ms and more")
        }
    }

    /// Sends a message's header and, a moment later, its payload, so that a relay meets them one by one.
    private static func send(_ message: [UInt8], inPiecesTo session: RawSession) throws {
        try session.send(Array(message.prefix(4)))
        pace(microseconds: 200)
        try session.send(Array(message.dropFirst(4)))
    }

    /// The median of 400 exchanges, each of which sends a message and waits for as many bytes.
    private static func medianMilliseconds(
        _ session: RawSession,
        sending send: ([UInt8]) throws -> Void
    ) throws -> Double {
        let message = Wire.message(Array(repeating: 0x42, count: 96))
        var times: [Double] = []
        for _ in 0..<400 {
            let start = ContinuousClock.now
            try send(message)
            #expect(try session.receive(exactly: message.count) == message)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times.sorted()[times.count / 2]
    }
}
