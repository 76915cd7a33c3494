import RouteConfig
import Synchronization
import Testing

@testable import NetBIOSRouter

struct ReloadQueueTests {
    private static let outcome = ReloadOutcome(
        startedWith: LoadReport(ConfigurationReader.load(text: "routes: []", name: "x"))
    )

    @Test func `a request during a reload gets the outcome of one that begins later, and shares it`() async {
        let (began, begin) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let count = Mutex(0)
        let doors = Doors(gate)
        let reloads = ReloadQueue()
        let perform: @Sendable () async -> ReloadOutcome = {
            let number = count.withLock { count in
                count += 1
                return count
            }
            begin.yield()
            await doors.pass()
            var outcome = Self.outcome
            outcome.generation = number
            return outcome
        }
        var beginnings = began.makeAsyncIterator()
        async let first = reloads.next(perform)
        await beginnings.next()
        let later = (0..<10).map { _ in Task { await reloads.next(perform) } }
        // All requests precede the end of the first reload: the actor processes them in order.
        for _ in 0..<100 { await Task.yield() }
        open.yield()
        #expect(await first.generation == 1)
        await beginnings.next()
        open.yield()
        for _ in 0..<10 { open.yield() }
        for task in later { #expect(await task.value.generation >= 2) }
        #expect(count.withLock { $0 } < 8)
    }
}

/// Lets one task through for each element of a stream.
private actor Doors {
    private var iterator: AsyncStream<Void>.Iterator

    init(_ stream: AsyncStream<Void>) {
        self.iterator = stream.makeAsyncIterator()
    }

    func pass() async {
        var iterator = self.iterator
        await iterator.next(isolation: self)
        self.iterator = iterator
    }
}
