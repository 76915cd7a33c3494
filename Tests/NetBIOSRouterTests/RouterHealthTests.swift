import Dispatch
import Logging
import RouteConfig
import Sockets
import Testing

@testable import NetBIOSRouter

struct RouterHealthTests {
    @Test func `the event loop of the name service counts like those of sessions`() async throws {
        let loops = try RouterLoops()
        let router = RouterService(
            RouterConfiguration(),
            on: loops,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        #expect(await router.silentLoops(for: .seconds(10)) == 0)
        let gate = DispatchSemaphore(value: 0)
        loops.names.execute { _ in gate.wait() }
        #expect(await router.silentLoops(for: .milliseconds(50)) == 1)
        gate.signal()
        #expect(await router.silentLoops(for: .seconds(10)) == 0)
    }
}
