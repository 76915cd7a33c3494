import NetBIOS
import Sockets
import Testing

@testable import NetBIOSRouter

struct LogLimiterTests {
    private let start = MonotonicTime.now()

    private func host(_ number: Int) -> IPv4Address { IPv4Address(10, 0, UInt8(number >> 8), UInt8(number & 0xFF)) }

    @Test func `one host has so many lines in ten seconds, over all kinds, and those of others are not fewer for it`() {
        let limiter = LogLimiter<Int>(interval: .minutes(1), sourceBurst: 5, totalBurst: 100)
        let verdicts = (0..<1000).map { limiter.admit($0, from: self.host(1), now: self.start) }
        #expect(verdicts == Array(repeating: .log(suppressed: 0), count: 5) + Array(repeating: .suppress, count: 995))
        #expect(limiter.admit(0, from: self.host(2), now: self.start) == .suppress)
        // The next line has the number of those before it, once.
        #expect(limiter.admit(2000, from: self.host(2), now: self.start) == .log(suppressed: 995))
        #expect(limiter.admit(2001, from: self.host(2), now: self.start) == .log(suppressed: 0))
        let later = self.start + LogLimiter<Int>.sourceInterval
        #expect(limiter.admit(3000, from: self.host(1), now: later) == .log(suppressed: 0))
        // Its kind has its own time.
        #expect(limiter.admit(0, from: self.host(1), now: later) == .suppress)
    }

    @Test func `all hosts together have so many lines in ten seconds, and no more hosts than that are remembered`() {
        let limiter = LogLimiter<Int>(interval: .seconds(10), sourceBurst: 5, totalBurst: 100)
        for interval in 0..<5 {
            let now = self.start + LogLimiter<Int>.sourceInterval * interval
            let verdicts = (0..<65_536).map { limiter.admit($0, from: self.host($0), now: now) }
            #expect(verdicts.count { $0 != .suppress } == 100)
            #expect(verdicts.first == .log(suppressed: interval == 0 ? 0 : 65_436))
            #expect(limiter.sourceCount == 100)
        }
    }

    @Test
    func `events of one kind have so many lines in their interval, and what was suppressed is in the next one's line`()
    {
        let limiter = LogLimiter<Int>(interval: .hours(1), burst: 2)
        let verdicts = (0..<4).map { limiter.admit(1, from: self.host($0), now: self.start) }
        #expect(verdicts == [.log(suppressed: 0), .log(suppressed: 0), .suppress, .suppress])
        #expect(limiter.admit(2, from: nil, now: self.start) == .log(suppressed: 0))
        #expect(limiter.admit(1, from: nil, now: self.start + .minutes(59)) == .suppress)
        #expect(limiter.admit(1, from: nil, now: self.start + .hours(1)) == .log(suppressed: 3))
    }

    @Test func `an event that its host's limit suppresses does not use up its kind's line`() {
        let limiter = LogLimiter<Int>(interval: .hours(1), sourceBurst: 1)
        #expect(limiter.admit(1, from: self.host(1), now: self.start) == .log(suppressed: 0))
        #expect(limiter.admit(2, from: self.host(1), now: self.start) == .suppress)
        #expect(limiter.admit(2, from: self.host(2), now: self.start) == .log(suppressed: 1))
    }
}
