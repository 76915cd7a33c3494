import Testing

@testable import NetBIOS

struct SourceRateLimiterTests {
    private var limits = SourceRateLimiter()

    /// Returns the number of admitted datagrams, of some at the same time.
    private mutating func admitted(
        _ count: Int,
        _ kind: SourceRateLimiter.Kind,
        from host: IPv4Address,
        at now: Duration
    )
        -> Int
    {
        (0..<count).count { _ in self.limits.admits(kind, from: host, at: now) }
    }

    @Test(arguments: SourceRateLimiter.Kind.allCases)
    mutating func `a burst, then so many a second, and no more`(kind: SourceRateLimiter.Kind) {
        let first = self.admitted(250_000, kind, from: .client, at: .seconds(100))
        #expect(first == kind.burst)
        var later = 0
        for tenth in 1...50 {
            later += self.admitted(15_000, kind, from: .client, at: .seconds(100) + .milliseconds(100 * tenth))
        }
        #expect((kind.rate * 5 - 1...kind.rate * 5).contains(later))
        let rested = self.admitted(250_000, kind, from: .client, at: .seconds(1000))
        #expect(rested == kind.burst)
    }

    @Test mutating func `hosts and kinds have separate limits`() {
        _ = self.admitted(1000, .nodeStatus, from: .rival, at: .zero)
        let others = self.admitted(1000, .nodeStatus, from: .client, at: .zero)
        #expect(others == SourceRateLimiter.Kind.nodeStatus.burst)
        let changes = self.admitted(1000, .change, from: .rival, at: .zero)
        #expect(changes == SourceRateLimiter.Kind.change.burst)
    }

    @Test
    mutating func `a hundred thousand hosts take the memory of some thousand, and a host that is known keeps its own`()
    {
        _ = self.admitted(1, .nodeStatus, from: .client, at: .zero)
        var admitted = 0
        for number in 0..<100_000 {
            let host = IPv4Address(rawValue: 0x0A00_0000 + UInt32(number))
            if self.limits.admits(.nodeStatus, from: host, at: .microseconds(10 * number)) { admitted += 1 }
        }
        #expect(self.limits.count <= SourceRateLimiter.maximumSources)
        // One for each tracked host, and those beyond share one bucket, for a second.
        #expect(admitted <= SourceRateLimiter.maximumSources * 2 + 100)
        let own = self.admitted(1000, .nodeStatus, from: .client, at: .seconds(1))
        #expect(own == SourceRateLimiter.Kind.nodeStatus.burst)
    }

    @Test mutating func `hosts that have been silent make room for others`() {
        for number in 0..<SourceRateLimiter.maximumSources {
            _ = self.limits.admits(.any, from: IPv4Address(rawValue: UInt32(number)), at: .zero)
        }
        _ = self.limits.admits(.any, from: .client, at: .seconds(2))
        #expect(self.limits.count == 1)
    }

    @Test func `an undecoded datagram is counted by its apparent kind`() {
        let kinds = [
            [], [0, 0], [0, 0, 0x01], [0, 0, 0x29], [0, 0, 0x79], [0, 0, 0x30], [0, 0, 0x40], [0, 0, 0x48],
        ]
        .map { NameServiceCounters.Kind(unread: $0) }
        #expect(
            kinds == [.malformed, .malformed, .query, .registration, .registration, .release, .refresh, .refresh]
        )
        #expect(NameServiceCounters.Kind(unread: [0, 0, 0x85]) == .response)
        #expect(NameServiceCounters.Kind(unread: [0, 0, 0x38]) == .malformed)
    }
}
