import Testing

@testable import Sockets

struct TurnTimesTests {
    @Test func `turns that work or wait too long are counted; those that the machine holds up are not`() {
        var times = TurnTimes()
        times.add(.milliseconds(3), work: .milliseconds(2), hasSlept: false)
        times.add(.milliseconds(10), work: .milliseconds(10), hasSlept: true)
        times.add(.milliseconds(40), work: .milliseconds(1), hasSlept: false)
        #expect(times.longCount == 0 && times.blockedCount == 0)
        times.add(.milliseconds(12), work: .milliseconds(11), hasSlept: true)
        #expect(times.longCount == 1 && times.blockedCount == 0)
        times.add(.milliseconds(30), work: .milliseconds(1), hasSlept: true)
        #expect(times.longCount == 1 && times.blockedCount == 1)
        #expect(times.count == 5)
        #expect(times.longest == .milliseconds(40))
        #expect(times.longestWork == .milliseconds(11))
    }

    @Test func `turns are measured from the first report on, each in one report`() async throws {
        let handle = try EventLoopHandle.start()
        for _ in 0..<3 { await handle.run { _ in } }
        #expect(handle.turnTimes() == TurnTimes())
        for _ in 0..<3 { await handle.run { _ in } }
        // The turn that runs the last task may not be over.
        let times = handle.turnTimes()
        #expect((1...3).contains(times.count))
        #expect(times.longest > .zero && times.longestWork > .zero)
        await handle.run { _ in }
        #expect(handle.turnTimes().count <= 2)
    }
}
