import Logging
import NetBIOSRouter
import Synchronization
import Testing

@testable import RouteConfig
@testable import RouterControl

/// Reloads that several ask for at one time.
struct ReloadsTests {
    private static let report = ReloadReport(
        check: LoadReport(ConfigurationReader.load(text: "routes: []", name: "x")),
        generation: 1
    )

    @Test func `Whoever asks during a reload gets the result of one that is begun later, and shares it`() async {
        let (began, begin) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let count = Mutex(0)
        let doors = Doors(gate)
        let reloads = Reloads()
        let perform: @Sendable () async -> ReloadReport = {
            let number = count.withLock { count in
                count += 1
                return count
            }
            begin.yield()
            await doors.pass()
            var report = Self.report
            report.generation = number
            return report
        }
        var beginnings = began.makeAsyncIterator()
        async let first = reloads.next(perform)
        await beginnings.next()
        let later = (0..<10).map { _ in Task { await reloads.next(perform) } }
        // They have all asked before the first ends: the actor takes them before whoever comes last.
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

/// Lets a task through for each element of a stream.
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

/// Reloads that are asked for while the router does not serve.
struct ReloadsOutsideOfServiceTests {
    /// Counts what the service manager would be told.
    private final class Source: ReloadSource {
        let messages = Mutex<[String]>([])

        func load() -> LoadResult {
            ConfigurationReader.load(text: "routes:\n  - name: NAS\n    backend: nas1\n", name: "x")
        }

        func reloadBegan() { self.messages.withLock { $0.append("began") } }

        func reloadEnded(status: String) { self.messages.withLock { $0.append(status) } }
    }

    @Test func `A reload before the start is refused, and the service manager hears nothing`() async throws {
        let source = Source(), logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let control = ControlService(
            RouterService(RouterConfiguration(), on: try RouterLoops(), logger: logger),
            source: source,
            version: RouterVersion("1", commit: nil),
            logger: logger
        )
        let report = await control.reload()
        #expect(!report.reloaded)
        #expect(report.failure?.reason == "the router is starting or stopping")
        #expect(source.messages.withLock { $0 } == [])
    }
}
