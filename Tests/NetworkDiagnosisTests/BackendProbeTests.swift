import Dispatch
import NetBIOS
import RouteConfig
import Sockets
import TestSupport
import Testing

@testable import NetBIOSRouter
@testable import NetworkDiagnosis

struct BackendProbeTests {
    private func probe(
        _ host: String,
        port: UInt16 = 445,
        timeout: Duration,
        within time: Duration = .hours(1),
        resolver: HostResolver? = nil
    ) throws -> BackendProbe {
        BackendProbe(
            backend: Backend(host: host, port: port),
            routes: ["NAS"],
            timeout: timeout,
            end: .now() + time,
            handle: try EventLoopHandle.start(),
            resolver: try resolver ?? HostResolver()
        )
    }

    @Test func `a server that is silent for its entire time is reported; one cut short by the deadline is not`()
        async throws
    {
        // The kernel accepts connections, and no response follows.
        let (listener, port) = try Peer.listen()
        let silent = try await self.probe("127.0.0.1", port: port, timeout: .milliseconds(200)).outcome()
        #expect(silent.unfinished.isEmpty)
        #expect(silent.findings.map(\.smb1) == [.silent])
        #expect(silent.findings.map(\.smb2) == [.silent])
        let cut = try await self.probe("127.0.0.1", port: port, timeout: .minutes(1), within: .milliseconds(200))
            .outcome()
        #expect(cut.findings.allSatisfy { $0.failure == nil && $0.smb1 == nil && $0.smb2 == nil })
        #expect(cut.unfinished == ["backend 127.0.0.1:\(port)"])
        _ = listener
    }

    @Test func `a lookup's time limit starts with the lookup, not while it is queued`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let address = try #require(Endpoint(numeric: "127.0.0.1", port: 0))
        let resolver = try HostResolver { host in
            if host.hasPrefix("dead") { gate.wait() }
            return [address]
        }
        for number in 1...16 { resolver.look(up: "dead\(number)") { _ in } }
        // Nothing listens on port 1.
        async let good = self.probe("good", port: 1, timeout: .seconds(5), resolver: resolver).outcome()
        let unasked = try await self.probe("late", timeout: .seconds(5), within: .milliseconds(100), resolver: resolver)
            .outcome()
        #expect(unasked.findings.isEmpty)
        #expect(unasked.unfinished == ["backend late:445"])
        let dead = try await self.probe("dead1", timeout: .milliseconds(100), resolver: resolver).outcome()
        #expect(dead.findings.map(\.failure) == ["the lookup timed out"])
        for _ in 1...16 { gate.signal() }
        let findings = try await good.findings
        #expect(findings.map(\.address) == ["127.0.0.1:1"])
        #expect(findings.map(\.failure) == ["Connection refused"])
    }

    /// An answer of SMB 2 with a revision, or with a status that is an error.
    private func answer(_ revision: UInt16, status: UInt8 = 0) throws -> BackendNegotiation.Outcome {
        let header: [UInt8] = [0xFE, 0x53, 0x4D, 0x42, 64, 0, 0, 0, status] + [UInt8](repeating: 0, count: 55)
        let message = header + [65, 0, 1, 0, UInt8(revision & 0xFF), UInt8(revision >> 8)]
        return .answered(try #require(NegotiateResponse(decoding: message, offered: NegotiateRequest.smb1.dialects)))
    }

    @Test func `a dialect that was not offered is not accepted`() throws {
        typealias Answer = ProbeReport.SMBAnswer
        let newest = SMBDialect.smb2(.init(rawValue: 0x0311))
        #expect(Answer(try self.answer(0x0311), to: .smb2) == .accepts(newest, signing: .offered))
        #expect(Answer(try self.answer(0x0311), to: .smb1) == .refuses)
        #expect(Answer(try self.answer(0xFFFF), to: .smb2) == .refuses)
        #expect(Answer(try self.answer(0x02FF), to: .smb2) == .refuses)
        #expect(Answer(try self.answer(0x0311, status: 0xBB), to: .smb2) == .refuses)
        #expect(Answer(.closed, to: .smb1) == .hangsUp)
    }
}
