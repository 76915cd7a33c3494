import Dispatch
import Logging
import NIOCore
import NIOPosix
import RouteConfig
import Testing

@testable import NetBIOSRouter

@Suite("Whether the router can serve")
struct RouterHealthTests {
    @Test("the event loop of the name service counts like those of sessions")
    func silentNameService() async throws {
        let names = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let router = RouterService(
            RouterConfiguration(),
            on: try #require(loops),
            namesOn: names,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        #expect(await router.silentLoops(for: .seconds(10)) == 0)
        let gate = DispatchSemaphore(value: 0)
        names.next().execute { gate.wait() }
        #expect(await router.silentLoops(for: .milliseconds(50)) == 1)
        gate.signal()
        #expect(await router.silentLoops(for: .seconds(10)) == 0)
        try await names.shutdownGracefully()
    }
}
