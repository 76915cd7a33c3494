import Foundation
import Glibc
import Synchronization

/// Times of one kind of exchange, in milliseconds.
final class Timings: Sendable {
    let name: String
    private let times = Mutex<[Double]>([])
    private let failures = Mutex<[String]>([])

    init(_ name: String) { self.name = name }

    /// Measures one exchange; what it throws is a failure.
    func measure(_ exchange: () throws -> Void) {
        let start = ContinuousClock.now
        do {
            try exchange()
        } catch {
            self.failures.withLock { $0.append("\(error)") }
        }
        let time = (ContinuousClock.now - start) / .milliseconds(1)
        self.times.withLock { $0.append(time) }
    }

    /// How many exchanges were measured.
    var count: Int { self.times.withLock { $0.count } }

    /// The errors of exchanges that failed.
    var errors: [String] { self.failures.withLock { $0 } }

    /// The time that so great a part of the exchanges took at most.
    func quantile(_ part: Double) -> Double {
        let sorted = self.times.withLock { $0.sorted() }
        guard !sorted.isEmpty else { return .infinity }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    /// One row of a table.
    var row: String {
        func text(_ part: Double) -> String { String(format: "%8.2f", self.quantile(part)) }
        let name = self.name.padding(toLength: 24, withPad: " ", startingAt: 0)
        return "\(name)\(text(0.5))\(text(0.99))\(text(1)) ms, \(self.count) times, \(self.errors.count) failed"
    }
}

/// Users of a router who do nothing wrong, each on a thread of its own.
final class HealthyUsers: Sendable {
    /// An exchange with the server itself, which the router has no part in.
    let direct = Timings("exchange, direct")
    /// An exchange over a session that stands.
    let exchanges = Timings("exchange, routed")
    /// A session that is set up and used once, by the server's address and by its name.
    let calls = Timings("session, by address")
    let namedCalls = Timings("session, by host name")
    /// A name query.
    let queries = Timings("name query")

    private let work: [Background<Void>]

    /// Begins; a table of the times can be had when they have stopped.
    init(of chaos: ChaosLan, until stop: Flag) throws {
        let lan = chaos.lan, router = chaos.router
        func repeating(
            _ timings: Timings,
            pause: UInt32,
            _ exchange: @escaping @Sendable () throws -> Void
        ) -> Background<Void> {
            Background {
                while !stop.isRaised {
                    timings.measure(exchange)
                    usleep(pause)
                }
            }
        }
        @Sendable func exchange(_ session: RawSession) throws {
            guard try EchoLan.exchanges(session) else { throw RouterFailure(log: "a wrong answer") }
        }
        @Sendable func call(_ name: String) throws {
            let session = try router.session(from: lan.client, to: name)
            defer { session.close() }
            try exchange(session)
        }
        let direct = try RawSession.connect(from: lan.client, to: "10.77.0.11", port: 445)
        let routed = try (0..<4).map { _ in try router.session(from: lan.client, to: "ECHO") }
        let asking = try RawDatagrams(on: lan.client)
        var work = [
            repeating(self.direct, pause: 10_000) { try exchange(direct) },
            repeating(self.calls, pause: 50_000) { try call("ECHO") },
            repeating(self.namedCalls, pause: 50_000) { try call("NAMED") },
            repeating(self.queries, pause: 20_000) {
                let answer = try asking.ask(
                    Wire.query(id: Int.random(in: 1...0x7FFF), "ECHO"),
                    of: "10.77.0.1",
                    within: 1
                )
                guard answer.map({ Array($0.suffix(4)) }) == [10, 77, 0, 1] else {
                    throw RouterFailure(log: "answered \(answer ?? [])")
                }
            },
        ]
        for session in routed { work.append(repeating(self.exchanges, pause: 10_000) { try exchange(session) }) }
        self.work = work
    }

    /// All timings.
    var all: [Timings] { [self.direct, self.exchanges, self.calls, self.namedCalls, self.queries] }

    /// Waits for the last exchange of each.
    func wait() throws {
        for part in self.work { try part.value(within: 30) }
    }

    /// The median, the 99th percentile and the longest of each.
    var table: String { self.all.map(\.row).joined(separator: "\n") }
}
