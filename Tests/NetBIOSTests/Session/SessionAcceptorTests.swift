import NetBIOS
import Testing

struct SessionAcceptorTests {
    private static let request = SessionPacketTests.request
    private static let unspecified = SessionAcceptor.Action.refuse(.unspecified, .negativeResponse(.unspecified))

    /// Gives `bytes` to a new acceptor in chunks.
    private func accept(_ bytes: [UInt8], chunk: Int) -> (SessionAcceptor, SessionAcceptor.Action) {
        var acceptor = SessionAcceptor()
        var action = SessionAcceptor.Action.wait
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            let next = acceptor.received(Array(bytes[start..<min(start + chunk, bytes.count)]))
            if next != .wait { action = next }
        }
        return (acceptor, action)
    }

    @Test(arguments: 1...100)
    func `a request may arrive in any chunks, after keep-alives`(chunk: Int) throws {
        let stream: [UInt8] = [0x85, 0, 0, 0, 0x85, 0, 0, 0] + Self.request + [0, 0, 0, 1, 7]
        var (acceptor, action) = self.accept(stream, chunk: chunk)
        guard case .decide(let request) = action else {
            Issue.record("no decision: \(action)")
            return
        }
        #expect("\(request.called)" == "FILESRV<20>.NETBIOS.COM")
        #expect("\(request.calling)" == "FRED<00>")
        #expect(acceptor.received([9]) == .wait)
        #expect(acceptor.accept() == .relay(after: .positiveResponse, early: [0, 0, 0, 1, 7, 9]))
        #expect(acceptor.accept() == .wait)
    }

    @Test func `bytes after the two names, inside the request, are skipped`() {
        var request = Self.request + [1, 2, 3]
        request[3] += 3
        var (acceptor, action) = self.accept(request, chunk: 200)
        guard case .decide = action else {
            Issue.record("no decision: \(action)")
            return
        }
        #expect(acceptor.accept() == .relay(after: .positiveResponse, early: []))
    }

    @Test func `an invalid request is refused with 8F`() {
        let notRequests: [[UInt8]] = [
            [0x81, 0, 0, 0],  // no names
            [0x81, 0, 0, 1, 0x20],  // one byte
            [0x81, 0, 0xFF, 0xFF],  // longer than any request
            [0x81, 0, 0, 4, 0x20, 0xC0, 0x00, 0x00],  // a name that points at itself
            [0x00, 0, 0, 1, 0xFF],  // a message before the request
            [0x82, 0, 0, 0],
            [0x85, 0, 0, 1, 0],  // a keep-alive with a body
        ]
        for bytes in notRequests {
            for chunk in [1, 100] {
                #expect(self.accept(bytes, chunk: chunk).1 == Self.unspecified, "\(bytes)")
            }
        }
    }

    @Test func `a connection with an invalid packet is closed at its first byte`() {
        for first: UInt8 in [0x47, 0x01, 0xFE, 0x16] {
            guard case .hangUp(let error) = self.accept([first], chunk: 1).1 else {
                Issue.record("not hung up on \(first)")
                continue
            }
            #expect(error.field == "type")
        }
    }

    @Test func `a refusal is sent once, and a deadline applies only without a request`() {
        var (acceptor, _) = self.accept(Self.request, chunk: 100)
        #expect(acceptor.deadlinePassed() == .wait)
        #expect(
            acceptor.refuse(.calledNameNotPresent)
                == .refuse(.calledNameNotPresent, .negativeResponse(.calledNameNotPresent))
        )
        #expect(acceptor.refuse(.unspecified) == .wait)
        #expect(acceptor.accept() == .wait)
        var silent = SessionAcceptor()
        #expect(silent.deadlinePassed() == Self.unspecified)
        #expect(silent.deadlinePassed() == .wait)
        #expect(silent.received(Self.request) == .wait)
    }

    @Test func `sixty thousand keep-alives before the request are skipped`() {
        let burst = [[UInt8]](repeating: [0x85, 0, 0, 0], count: 60_000).flatMap(\.self)
        guard case .decide = self.accept(burst + Self.request, chunk: 65_536).1 else {
            Issue.record("no decision")
            return
        }
    }
}
