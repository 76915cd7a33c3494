import Testing

/// Backpressure from readers that stall.
@Suite(.serialized)
struct BackPressureTests {
    /// The side that stalls.
    enum Stalled: String, CaseIterable, Sendable {
        case client
        case backend
    }

    private static let small = RawSession.Options(receiveBuffer: 4096)
    /// The additional resident memory that a stalled session may use, in bytes: its buffers and first-use allocations.
    private static let memory = 16 << 20

    @Test(arguments: Stalled.allCases)
    func `1 GiB pushed at a stalled reader leaves the memory flat, and all of it arrives in the end`(who: Stalled)
        throws
    {
        let size = 1 << 30
        try Lan.with(alone: true) { lan in
            let (go, pushed, checked) = (Flag(), Counter(), Counter())
            _ = try RawServer(on: lan.servers[0], options: who == .backend ? Self.small : .init()) { session in
                switch who {
                case .client: try Self.push(size, into: session, pushed)
                case .backend: try Self.pull(from: session, after: go, checked)
                }
            }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(
                from: lan.client,
                to: "NAS",
                options: who == .client ? Self.small : .init()
            )
            let before = try ProcessUse.residentBytes(of: router.process)
            let client = Background {
                switch who {
                case .client: try Self.pull(from: session, after: go, checked)
                case .backend: try Self.push(size, into: session, pushed)
                }
            }
            try Self.waitUntilStalled(pushed)
            let stalledAt = pushed.value
            #expect(stalledAt < 64 << 20, "the writer is stalled with its reader")
            let stalled = try ProcessUse.residentBytes(of: router.process)
            #expect(stalled - before < Self.memory, "stalled: \(stalled - before) bytes more")
            let busy = try ProcessUse.processorSeconds(of: router.process)
            #expect(throughout(seconds: 1) { pushed.value == stalledAt })
            #expect(try ProcessUse.processorSeconds(of: router.process) - busy < 0.2, "a stalled session does no work")
            go.raise()
            try client.value(within: 120)
            try eventually("all bytes to arrive, in order", within: 120) { checked.value != 0 }
            #expect(checked.value == size)
            let after = try ProcessUse.residentBytes(of: router.process)
            #expect(after - before < Self.memory, "afterwards: \(after - before) bytes more")
        }
    }

    @Test(arguments: [100_000, 3_000_000, 64 << 20])
    func `bytes in front of a FIN reach a reader that stalls`(size: Int) throws {
        try Lan.with { lan in
            let pushed = Counter()
            _ = try RawServer(on: lan.servers[0]) { session in try Self.push(size, into: session, pushed) }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(from: lan.client, to: "NAS", options: Self.small)
            try Self.waitUntilStalled(pushed)
            #expect(try session.receivePattern(within: 60) == size)
        }
    }

    @Test func `a stalled session that is half-closed keeps the processor idle`() throws {
        try Lan.with(alone: true) { lan in
            let pushed = Counter()
            _ = try RawServer(on: lan.servers[0]) { session in try Self.push(8 << 20, into: session, pushed) }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(from: lan.client, to: "NAS", options: Self.small)
            session.finishSending()
            try Self.waitUntilStalled(pushed)
            let before = try ProcessUse.processorSeconds(of: router.process)
            #expect(throughout(seconds: 1) { router.process.isRunning })
            let used = try ProcessUse.processorSeconds(of: router.process) - before
            #expect(used < 0.2, "\(used) s of processor time in a second")
        }
    }

    @Test func `a stalled client that resets ends the session`() throws {
        try Lan.with { lan in
            let pushed = Counter()
            _ = try RawServer(on: lan.servers[0]) { session in try Self.push(64 << 20, into: session, pushed) }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let session = try router.session(from: lan.client, to: "NAS", options: Self.small)
            try Self.waitUntilStalled(pushed)
            session.reset()
            try router.logLine("the end of the session") { $0["msg"] == LogMessage.sessionEnded }
            #expect(router.process.isRunning)
        }
    }

    /// Sends the pattern and ends the stream.
    private static func push(_ size: Int, into session: RawSession, _ pushed: Counter) throws {
        try session.sendPattern(count: size, within: 120) { pushed.add($0) }
        session.finishSending()
    }

    /// Waits for a flag, then receives the pattern to its end and counts it if it is correct.
    private static func pull(from session: RawSession, after go: Flag, _ checked: Counter) throws {
        try go.wait()
        checked.add(try session.receivePattern(within: 120) ?? -1)
    }

    /// Waits until nothing more is accepted.
    private static func waitUntilStalled(_ pushed: Counter) throws {
        try eventually("a writer that is stalled") {
            let count = pushed.value
            return count > 0 && throughout(seconds: 0.3) { pushed.value == count }
        }
    }
}
