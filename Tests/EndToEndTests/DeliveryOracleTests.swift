import Foundation
import Glibc
import Synchronization
import Testing

/// The delivery rule under random pauses, closes, half-closes and resets of both sides: a side that sees a FIN has
/// every byte that the other sent before its own FIN; any other stream ends with a reset.
@Suite(.serialized)
struct DeliveryOracleTests {
    /// The buffers of the router's kernel.
    enum Buffers: CaseIterable, Sendable {
        case usual
        /// Receives much and relays little: the bytes wait in the kernel, unread.
        case wideInput
    }

    private static let sessionCount = 300
    /// The interval of sessions that are orderly on both sides.
    private static let orderlyInterval = 4

    /// `NBROUTER_ORACLE_SEED` repeats the plans of a failure, though not its timing.
    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["NBROUTER_ORACLE_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    }

    @Test(arguments: Buffers.allCases)
    func `a FIN follows all bytes of its stream, and every other end is a reset`(buffers: Buffers) throws {
        let seed = Self.seed
        try Lan.with { lan in
            if buffers == .wideInput {
                try lan.router.setKernel(
                    "net.ipv4.tcp_rmem=4096 8000000 8000000",
                    "net.ipv4.tcp_wmem=4096 100000 100000"
                )
            }
            let listener = try Self.listen(on: lan.servers[0])
            defer { close(listener) }
            let router = try RouterProcess.start(on: lan.router, Routes.to(lan.servers, names: ["NAS"]))
            let before = try ProcessUse.openSockets(of: router.process)
            var numbers = SeededNumbers(seed: seed)
            var pairs: [Pair] = []
            defer { for index in pairs.indices { pairs[index].close() } }
            for index in 0..<Self.sessionCount {
                let isOrderly = index % Self.orderlyInterval == 0
                pairs.append(try Pair(isOrderly, lan, listener, using: &numbers))
            }
            let start = ContinuousClock.now, deadline = Deadline(seconds: 60)
            while pairs.contains(where: { !$0.isOver }), !deadline.hasPassed {
                try Self.turn(&pairs, at: Int((ContinuousClock.now - start) / .milliseconds(1)))
            }
            for (index, pair) in pairs.enumerated() {
                for fault in pair.faults { Issue.record("seed \(seed), session \(index): \(fault)\n\(pair)") }
            }
            let ends = pairs.flatMap { [$0.client.received.end, $0.backend.received.end] }
            #expect(ends.count { $0 == .finished } > Self.sessionCount / 2, "seed \(seed)")
            #expect(ends.count { $0 == .reset } > Self.sessionCount / 10, "seed \(seed)")
            try eventually("a line for the end of each session, and all sockets closed") {
                try router.endedSessions.count == Self.sessionCount
                    && ProcessUse.openSockets(of: router.process) <= before
            }
        }
    }

    private static func listen(on host: Host) throws -> Int32 {
        try host.namespace.enter {
            let socket = try openSocket(SOCK_STREAM)
            try bindSocket(socket, to: "0.0.0.0", port: 445)
            guard Glibc.listen(socket, 16) == 0 else { throw SystemFailure("listen on port 445") }
            return socket
        }
    }

    /// Waits a few milliseconds for something to do, and does it.
    private static func turn(_ pairs: inout [Pair], at now: Int) throws {
        var polled = pairs.flatMap { [$0.client.poll(at: now), $0.backend.poll(at: now)] }
        guard poll(&polled, nfds_t(polled.count), 5) >= 0 || errno == EINTR else { throw SystemFailure("poll") }
        for index in pairs.indices {
            pairs[index].client.step(Int32(polled[2 * index].revents), at: now)
            pairs[index].backend.step(Int32(polled[2 * index + 1].revents), at: now)
        }
    }
}

/// Both ends of a session.
private struct Pair: CustomStringConvertible {
    let isOrderly: Bool
    var client: RandomParty
    var backend: RandomParty

    /// Opens a session to NAS: the next connection of the listener is its backend's.
    init(_ isOrderly: Bool, _ lan: Lan, _ listener: Int32, using numbers: inout SeededNumbers) throws {
        let plans = (0..<2).map { _ in RandomPlan(isOrderly: isOrderly, using: &numbers) }
        let address = lan.router.address
        let client = try lan.client.namespace.enter {
            let socket = try openSocket(SOCK_STREAM)
            if let size = plans[0].receiveBuffer { setOption(socket, SOL_SOCKET, SO_RCVBUF, size) }
            setNonBlocking(socket)
            do {
                try connectSocket(socket, to: address, port: 139, within: Deadline(seconds: 10))
            } catch {
                Glibc.close(socket)
                throw error
            }
            return socket
        }
        self.isOrderly = isOrderly
        self.client = RandomParty(plans[0], on: client, numbers: SeededNumbers(seed: numbers.next()))
        let request = Wire.sessionRequest("NAS")
        _ = send(client, request, request.count, Int32(MSG_NOSIGNAL))
        let backend = try Self.accept(listener)
        self.backend = RandomParty(plans[1], on: backend, numbers: SeededNumbers(seed: numbers.next()))
        var answer = [UInt8](repeating: 0, count: 4)
        try Self.wait(client)
        guard recv(client, &answer, 4, 0) == 4, answer == Wire.positiveResponse else {
            throw RouterFailure(log: "answered \(answer)")
        }
    }

    private static func accept(_ listener: Int32) throws -> Int32 {
        try self.wait(listener)
        // Swift's Glibc module has no accept4(2), so no program may be started between these two calls.
        let socket = ChildProcess.starting.withLock { _ in
            let socket = Glibc.accept(listener, nil, nil)
            if socket >= 0 { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
            return socket
        }
        guard socket >= 0 else { throw SystemFailure("accept") }
        setNonBlocking(socket)
        return socket
    }

    private static func wait(_ socket: Int32) throws {
        var polled = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, 10_000) > 0 else { throw SystemFailure("wait for a connection", code: ETIMEDOUT) }
    }

    var isOver: Bool { self.client.isOver && self.backend.isOver }

    mutating func close() {
        self.client.close()
        self.backend.close()
    }

    /// The violations of the rule.
    var faults: [String] {
        self.faults(of: "client", self.client, from: self.backend)
            + self.faults(of: "backend", self.backend, from: self.client)
    }

    private func faults(of name: String, _ receiver: RandomParty, from sender: RandomParty) -> [String] {
        let received = receiver.received
        var faults: [String] = []
        if !received.isIntact { faults.append("the \(name) received bytes that were not sent") }
        if received.count > sender.sentCount { faults.append("the \(name) received more than was sent") }
        if received.end == .finished, !sender.hasFinished { faults.append("the \(name) saw a FIN that was not sent") }
        if received.end == .finished, received.count != sender.sentCount {
            faults.append("the \(name) saw a FIN after \(received.count) of \(sender.sentCount) bytes")
        }
        if self.isOrderly, received.end != .finished { faults.append("the \(name) saw no FIN in an orderly session") }
        if !receiver.isOver { faults.append("the \(name) saw no end") }
        return faults
    }

    var description: String {
        """
        client: \(self.client.plan)
          sent \(self.client.sentCount), received \(self.client.received)
        backend: \(self.backend.plan)
          sent \(self.backend.sentCount), received \(self.backend.received)
        """
    }
}
