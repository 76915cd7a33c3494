import Foundation
import Testing

/// Everything that goes wrong at once, beside users who must not notice.
///
/// `NBROUTER_CHAOS=all` has every kind of disturbance for two minutes, `NBROUTER_CHAOS=reloads,drains` those kinds alone, to
/// see which one hurts, and `NBROUTER_CHAOS_SECONDS=20` as long as that; the table of times is printed in any case. Without
/// them a few kinds go on for ten seconds.
@Suite(.serialized)
struct ChaosTests {
    private static var seconds: Double {
        let environment = ProcessInfo.processInfo.environment
        return environment["NBROUTER_CHAOS_SECONDS"].flatMap { Double($0) }
            ?? (environment["NBROUTER_CHAOS"] == nil ? 10 : 120)
    }
    /// Milliseconds that 99 of 100 exchanges, and the same of name queries, may take beyond those that pass by the router.
    private static let exchangeLimit = 20.0, queryLimit = 50.0
    /// Memory that may be resident afterwards on top of what was before, in bytes: allocators keep some.
    private static let memory = 16 << 20

    @Test func `Healthy sessions and names do not notice disturbances, and all is as before when they are over`() throws
    {
        let disturbances = try Disturbance.chosen()
        try ChaosLan.with(disturbances) { chaos in
            try self.disturb(chaos, [], seconds: 3)
            let memory = try ProcessUse.residentBytes(of: chaos.router.process)
            let descriptors = try ProcessUse.openDescriptors(of: chaos.router.process)

            let users = try self.disturb(chaos, disturbances, seconds: Self.seconds)
            let beside = users.direct.quantile(0.99)
            #expect(users.exchanges.quantile(0.99) < Self.exchangeLimit + beside)
            #expect(users.calls.quantile(0.99) < Self.exchangeLimit + beside)
            #expect(users.namedCalls.quantile(0.99) < Self.exchangeLimit + beside)
            #expect(users.queries.quantile(0.99) < Self.queryLimit + beside)
            for timings in users.all {
                #expect(timings.errors.isEmpty, "\(timings.name): \(timings.errors.prefix(3))")
                #expect(timings.count > 50, "\(timings.name)")
            }

            #expect(chaos.router.process.isRunning, "\(chaos.router.process.errors.suffix(4000))")
            try chaos.calm()
            try chaos.waitUntilHealthy(within: 90)
            try eventually("as many descriptors as before: \(descriptors)", within: 30) {
                try ProcessUse.openDescriptors(of: chaos.router.process) <= descriptors
            }
            let now = try ProcessUse.residentBytes(of: chaos.router.process)
            #expect(now - memory < Self.memory, "\(memory >> 10) KiB, then \(now >> 10) KiB")
        }
    }

    /// Measures healthy users while the router is disturbed, or while it is not.
    @discardableResult
    private func disturb(_ chaos: ChaosLan, _ disturbances: [Disturbance], seconds: Double) throws -> HealthyUsers {
        let stop = Flag()
        defer { stop.raise() }
        let users = try HealthyUsers(of: chaos, until: stop)
        let work = try disturbances.map { try $0.start(on: chaos, until: stop) }
        #expect(throughout(seconds: seconds) { chaos.router.process.isRunning })
        stop.raise()
        try users.wait()
        print("\(disturbances.map(\.rawValue).joined(separator: ", ")), \(seconds) s:\n\(users.table)")
        for (disturbance, parts) in zip(disturbances, work) {
            for part in parts {
                do { try part.value(within: 60) } catch { Issue.record(error, "\(disturbance)") }
            }
        }
        return users
    }
}
