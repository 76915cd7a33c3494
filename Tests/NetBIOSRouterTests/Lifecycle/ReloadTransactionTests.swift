import Logging
import RouteConfig
import Synchronization
import Testing

@testable import NetBIOSRouter

struct ReloadTransactionTests {
    /// Records the events of several participants, in order.
    private final class Record: Sendable {
        let events = Mutex<[String]>([])

        func add(_ event: String) { self.events.withLock { $0.append(event) } }
    }

    private struct Participant: ReloadParticipant {
        let name: String
        let fails: Bool
        let record: Record

        struct Failure: Error {}

        func prepare(_ configuration: RouterConfiguration) async throws -> String {
            self.record.add("prepare \(self.name)")
            if self.fails { throw Failure() }
            return self.name
        }

        func commit(_ prepared: String) async { self.record.add("commit \(prepared)") }

        func cancel(_ prepared: String) async { self.record.add("cancel \(prepared)") }
    }

    private func participants(failing: String?, _ record: Record) -> [any ReloadParticipant] {
        ["a", "b", "c"].map { Participant(name: $0, fails: $0 == failing, record: record) }
    }

    @Test func `all participants prepare before the first commits`() async throws {
        let record = Record()
        let reload = try await Reload(to: RouterConfiguration(), self.participants(failing: nil, record))
        await reload.commit()
        #expect(
            record.events.withLock { $0 } == [
                "prepare a", "prepare b", "prepare c", "commit a", "commit b", "commit c",
            ]
        )
    }

    @Test func `the first error cancels those that have prepared, the last one first`() async throws {
        let record = Record()
        await #expect(throws: Participant.Failure.self) {
            try await Reload(to: RouterConfiguration(), self.participants(failing: "c", record))
        }
        #expect(
            record.events.withLock { $0 } == ["prepare a", "prepare b", "prepare c", "cancel b", "cancel a"]
        )
    }
}

struct ReloadsOutsideOfServiceTests {
    /// Records the messages to the service manager.
    private final class Source: ReloadSource {
        let messages = Mutex<[String]>([])

        func load() -> LoadResult {
            ConfigurationReader.load(text: "routes:\n  - name: NAS\n    backend: nas1\n", name: "x")
        }

        func reloadBegan() { self.messages.withLock { $0.append("began") } }

        func reloadEnded(status: String) { self.messages.withLock { $0.append(status) } }
    }

    @Test func `a reload before the start is refused, and the service manager is not notified`() async throws {
        let source = Source()
        let router = RouterService(
            RouterConfiguration(),
            on: try #require(loops),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let outcome = await router.reload(from: source)
        #expect(!outcome.reloaded)
        #expect(outcome.failure?.reason == "the router is starting or stopping")
        #expect(source.messages.withLock { $0 } == [])
    }
}
