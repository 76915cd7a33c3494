import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

struct DescriptorNeedTests {
    private func need(_ processorCount: Int, change: (inout RouterConfiguration) -> Void = { _ in }) -> Int? {
        var configuration = RouterConfiguration()
        configuration.sessions.maxSessions = 100
        configuration.sessions.maxPending = 10
        change(&configuration)
        return DescriptorNeed(configuration, processorCount: processorCount).wanted
    }

    @Test func `four for each session and one for each pending call, and those of loops, pools and operators`() {
        #expect(self.need(1) == 400 + 10 + 2 + 5 + 192)
        #expect(self.need(1) { $0.sessions.maxPending = nil } == 400 + 2 + 5 + 192)
        #expect(self.need(1) { $0.sessions.maxSessions = nil } == nil)
    }

    @Test(arguments: [2, 13, 64, 256])
    func `the reserve grows with the event loops, so that it is never theirs alone`(count: Int) throws {
        let need = try #require(self.need(count)), least = try #require(self.need(1))
        #expect(need - least == 5 * (count - 1))
        // Each loop of sessions has two, each of operators three, and there is one of the name service.
        #expect(need - 410 - 5 * count - 2 >= 64 + 16 * 3)
    }

    @Test func `each address has a listener and a socket of the name service`() throws {
        let least = try #require(self.need(1))
        let addresses = (1...50).map { IPv4Address(192, 0, 2, $0) }
        #expect(self.need(1) { $0.listen.addresses = addresses } == least + 2 * 49)
    }
}
