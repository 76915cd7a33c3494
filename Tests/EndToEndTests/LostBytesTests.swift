import Testing

/// Bytes that the router's kernel has acknowledged reach their receiver, however long it pauses, or it sees a reset.
///
/// In a suite of its own, since a case takes a minute.
struct LostBytesTests {
    private static let small = RawSession.Options(receiveBuffer: 4096)

    /// Makes the router's kernel receive much and send little of it.
    private static func widenInput(of router: Host) throws {
        try router.setKernel("net.ipv4.tcp_rmem=4096 8000000 8000000", "net.ipv4.tcp_wmem=4096 250000 250000")
    }

    /// The backend's kernel forgets the connection; the router's keep-alive probe is then answered with a reset while more
    /// than a megabyte waits to be read.
    @Test func `a client that pauses until the backend forgets the connection gets all bytes, then a FIN`() throws {
        try Lan.with { lan in
            let server = lan.servers[0]
            try Self.widenInput(of: lan.router)
            try server.setKernel("net.ipv4.tcp_fin_timeout=5")
            let bytes = (1...30).flatMap { Wire.message([UInt8](repeating: UInt8($0), count: 65_536)) }
            #expect(bytes.count == 1_966_200)
            _ = try RawServer(on: server) { try $0.send(bytes, within: 30) }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(from: lan.client, to: "NAS", options: Self.small)
            try eventually("the router's acknowledgement of the backend's FIN") {
                try server.connections(to: lan.router).contains { $0.state == .finWait2 }
            }
            try eventually("the end of FIN-WAIT-2", within: 30) { try server.connections(to: lan.router).isEmpty }
            #expect(try lan.router.connections(to: server).map(\.state) == [.closeWait])
            try eventually("the reset that answers the router's keep-alive probe", within: 80) {
                try lan.router.connections(to: server).isEmpty
            }
            #expect(router.endedSessions.isEmpty, "the client has not had everything")
            let received = try session.receiveToEnd(within: 30)
            #expect(received.count == bytes.count)
            // Compared outside of the macro, which would look for a difference of millions of bytes.
            let isIntact = received == bytes
            #expect(isIntact)
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == "backend" && line["bytes_out"] == "1966200", "\(line)")
        }
    }

    /// Everything is in the router's send buffer, and only the client's acknowledgements move.
    @Test func `a client that reads slowly gets what a reset backend left, though it takes a minute`() throws {
        try Lan.with { lan in
            try lan.router.setKernel("net.ipv4.tcp_wmem=4096 8000000 8000000")
            let backend = Handover()
            defer { backend.end() }
            let server = try RawServer(on: lan.servers[0], serve: backend.serve)
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let client = try router.session(from: lan.client, to: "NAS", options: Self.small)
            let size = 1_000_000, pieceSize = 20_000
            let source = try backend.session()
            try source.sendPattern(count: size, within: 10)
            #expect(try Self.stableUnacknowledgedCount(lan.servers[0], lan.router) == 0)
            source.reset()
            try eventually("the reset at the router") { try lan.router.connections(to: lan.servers[0]).isEmpty }
            for round in 0..<8 {
                let piece = try client.receive(exactly: pieceSize)
                #expect(Pattern.matches(piece, at: round * pieceSize))
                #expect(throughout(seconds: 9) { router.endedSessions.isEmpty }, "round \(round)")
            }
            let left = try client.receiveStream(from: 8 * pieceSize, within: 30)
            #expect(left == ReceivedStream(count: size, end: .reset))
            withExtendedLifetime(server) {}
        }
    }

    /// The side that stalls and receives later.
    enum Receiver: CaseIterable, Sendable {
        case client, backend
    }

    /// The number of bytes that the sender writes before its reset.
    enum Amount: CaseIterable, Sendable {
        /// As many as the router's kernel takes.
        case acknowledged
        /// More than it takes: the reset overtakes some of them.
        case overflowing
    }

    @Test(arguments: Receiver.allCases, Amount.allCases)
    func `bytes acknowledged before a sender's reset reach a receiver that stalls, and then it sees the reset`(
        receiver: Receiver,
        amount: Amount
    ) throws {
        try Lan.with { lan in
            try Self.widenInput(of: lan.router)
            let backend = Handover()
            defer { backend.end() }
            let server = try RawServer(
                on: lan.servers[0],
                options: receiver == .backend ? Self.small : .init(),
                serve: backend.serve
            )
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let client = try router.session(
                from: lan.client,
                to: "NAS",
                options: receiver == .client ? Self.small : .init()
            )
            let (source, target, host) =
                switch receiver {
                case .client: (try backend.session(), client, lan.servers[0])
                case .backend: (client, try backend.session(), lan.client)
                }
            let written = try source.sendPatternUntilBlocked(atMost: amount == .acknowledged ? 1_500_000 : 64 << 20)
            let acknowledged = try written - Self.stableUnacknowledgedCount(host, lan.router)
            #expect((acknowledged == written) == (amount == .acknowledged), "\(acknowledged) of \(written)")
            #expect(acknowledged > 1_000_000, "the router's kernel holds most of it")
            source.reset()
            try eventually("the sender's reset at the router") { try lan.router.connections(to: host).isEmpty }
            let received = try target.receiveStream(within: 30)
            #expect(received.isIntact)
            #expect(received.count >= acknowledged && received.count <= written, "\(acknowledged) of \(written)")
            #expect(received.end == .reset, "\(received)")
            let line = try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(line["end"] == (receiver == .client ? "backend" : "client"), "\(line)")
            withExtendedLifetime(server) {}
        }
    }

    /// Waits until the router's kernel acknowledges nothing more of what a host has written.
    private static func stableUnacknowledgedCount(_ host: Host, _ router: Host) throws -> Int {
        func count() throws -> Int { try host.connections(to: router).map(\.unacknowledgedCount).reduce(0, +) }
        var last = try count()
        try eventually("a stalled transfer") {
            last = try count()
            return try throughout(seconds: 0.3) { try count() == last }
        }
        return last
    }
}
