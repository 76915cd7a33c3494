import Foundation
import Glibc
import Testing

/// Two routers with an address that a real keepalived moves, configured by the files in examples/keepalived.
@Suite(.serialized)
struct KeepalivedTests {
    /// The flag words of releases, and of negative registration responses; the RCODE of the latter is left out.
    private static func isReleaseOrObjection(_ packet: Capture.Packet) -> Bool {
        packet.flags & 0x7800 == 0x3000 || (packet.flags & 0xF800 == 0xA800 && packet.flags & 0x0F != 0)
    }

    private static func withPair(_ body: (RouterPair, Capture, RawServer) throws -> Void) throws {
        try Lan.with(alone: true) { lan in
            let backend = try RawServer(on: lan.servers[0]) { session in
                while true { try session.send(try session.receive(exactly: 1)) }
            }
            let capture = try Capture(on: lan.client)
            let pair = try RouterPair(on: lan)
            try body(pair, capture, backend)
            let packets = try capture.stop()
            let spoilt = packets.filter(Self.isReleaseOrObjection)
            #expect(spoilt.isEmpty, "no release and no objection between the two at any time: \(spoilt)")
            #expect(packets.contains { $0.flags & 0x7800 == 0x2800 }, "the capture saw registrations")
        }
    }

    /// Waits until the second node has taken over, and checks how long that took.
    private static func expectTakeover(_ pair: RouterPair, since start: ContinuousClock.Instant) throws {
        try eventually("answers of the second node", within: 10) { try pair.answers(pair.nodes[1]) }
        let duration = ContinuousClock.now - start
        #expect(duration < .seconds(3), "\(duration)")
        let session = try pair.session()
        let message = Wire.message([0x55])
        try session.send(message)
        #expect(try session.receive(exactly: message.count) == message)
        // A broadcast query like the clients' own returns the address that they may have cached.
        let lookup = try SambaClient(host: pair.lan.client).nmblookup("XYKON-2#20")
        #expect(lookup.output.contains("\(RouterPair.address) XYKON-2<20>"), "\(lookup)")
        #expect(pair.nodes[1].router.endedSessions.isEmpty, "the session is the second node's")
    }

    @Test func `the standby is silent, and healthy`() throws {
        try Self.withPair { pair, _, _ in
            #expect(try !pair.hasAddress(pair.nodes[1]))
            #expect(try !pair.answers(pair.nodes[1]))
            for node in pair.nodes {
                let health = try node.router.ask("health")
                #expect(health.succeeded, "\(health)")
            }
            let names = try pair.nodes[1].router.ask("names", "--json")
            #expect(names.output.contains("\"standby\""), "\(names)")
        }
    }

    @Test func `when keepalived is killed, the other node answers and serves within three seconds`() throws {
        try Self.withPair { pair, _, _ in
            let start = ContinuousClock.now
            pair.killKeepalived(of: pair.nodes[0])
            try Self.expectTakeover(pair, since: start)
            // A killed keepalived leaves its address: both nodes have it, and neither objects to the other.
            #expect(try pair.hasAddress(pair.nodes[0]))
        }
    }

    @Test func `when the router is killed, its health check moves the address within three seconds`() throws {
        try Self.withPair { pair, _, _ in
            let start = ContinuousClock.now
            pair.nodes[0].router.process.kill()
            try Self.expectTakeover(pair, since: start)
            #expect(try !pair.hasAddress(pair.nodes[0]))
        }
    }

    @Test func `when the router hangs, its health check moves the address; when it is back, the address is too`() throws
    {
        try Self.withPair { pair, _, _ in
            pair.nodes[0].router.process.send(signal: SIGSTOP)
            defer { pair.nodes[0].router.process.send(signal: SIGCONT) }
            try eventually("answers of the second node", within: 10) { try pair.answers(pair.nodes[1]) }
            let session = try pair.session()
            pair.nodes[0].router.process.send(signal: SIGCONT)
            try eventually("the address back on the first node", within: 20) { try pair.hasAddress(pair.nodes[0]) }
            try eventually("answers of the first node", within: 2) { try pair.answers(pair.nodes[0]) }
            try eventually("the second node silent", within: 2) { try !pair.answers(pair.nodes[1]) }
            withExtendedLifetime(session) {}
        }
    }

    @Test
    func `a route's address that appears is claimed within a second, and a lost one is dropped without a release`()
        throws
    {
        try Lan.with { lan in
            let capture = try Capture(on: lan.client)
            let router = try RouterProcess.start(
                on: lan.router,
                Routes.file([Routes.route("VIP", to: lan.servers[0].address, "address: 10.77.0.50")])
            )
            let client = try RawDatagrams(on: lan.client)
            func isAnswered() throws -> Bool {
                let answer = try client.ask(Wire.query(id: 0x3131, "VIP"), of: lan.router.address, within: 0.1)
                return answer.map { $0[3] & 0x0F == 0 } ?? false
            }
            for _ in 1...3 {
                #expect(try !isAnswered())
                try lan.router.run("ip", "addr", "add", "10.77.0.50/24", "dev", "eth0")
                let appeared = ContinuousClock.now
                try eventually("an answer", within: 5) { try isAnswered() }
                #expect(ContinuousClock.now - appeared < .seconds(2), "three waits of 250 ms, and a loaded machine")
                try lan.router.run("ip", "addr", "del", "10.77.0.50/24", "dev", "eth0")
                let gone = ContinuousClock.now
                try eventually("silence", within: 5) { try !isAnswered() }
                #expect(ContinuousClock.now - gone < .seconds(1))
            }
            let packets = try capture.stop().filter { $0.name.hasPrefix("VIP") }
            #expect(!packets.contains(where: Self.isReleaseOrObjection), "\(packets)")
            let first = try #require(packets.first { $0.flags & 0x7800 == 0x2800 })
            #expect(first.source == "10.77.0.1" || first.source == "10.77.0.50", "\(first)")
            #expect(router.process.isRunning)
        }
    }
}
