import Hummingbird
import Synchronization
import Testing

@testable import RouterControl

/// The pages that strangers ask for.
struct PageCacheTests {
    /// Counts the pages that are being made.
    private final class Maker: Sendable {
        private let state = Mutex((made: 0, now: 0, most: 0))

        var made: Int { self.state.withLock { $0.made } }
        var most: Int { self.state.withLock { $0.most } }

        func make() async -> Response {
            self.state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            for _ in 0..<100 { await Task.yield() }
            self.state.withLock { state in
                state.now -= 1
                state.made += 1
            }
            return Response(status: .ok)
        }
    }

    @Test func `However many ask at once, a page is made once, and one page at a time`() async throws {
        let cache = PageCache(age: .seconds(3600)), maker = Maker()
        try await withThrowingTaskGroup { group in
            for number in 0..<300 {
                group.addTask { _ = try await cache.page(["a", "b", "c"][number % 3]) { await maker.make() } }
            }
            try await group.waitForAll()
        }
        #expect(maker.made == 3 && maker.most == 1)
    }

    @Test func `an error is kept as a page is`() async throws {
        let cache = PageCache(age: .seconds(3600)), count = Mutex(0)
        for _ in 0..<10 {
            await #expect(throws: HTTPFailure.self) {
                try await cache.page("a") {
                    count.withLock { $0 += 1 }
                    throw HTTPFailure.starting
                }
            }
        }
        #expect(count.withLock { $0 } == 1)
    }
}
