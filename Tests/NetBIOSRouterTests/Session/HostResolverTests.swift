import Dispatch
import Sockets
import Synchronization
import Testing

@testable import NetBIOSRouter

@Suite("Look-ups of host names")
struct HostResolverTests {
    /// A name service that answers as the test says, when the test says.
    private final class NameService: Sendable {
        private let answers: Mutex<[Result<[Endpoint], any Error>]>
        private let gate = DispatchSemaphore(value: 0)

        init(_ answers: [Result<[Endpoint], any Error>]) {
            self.answers = Mutex(answers)
        }

        /// Lets the next answer go.
        func answer() {
            self.gate.signal()
        }

        func ask(_ host: String) throws -> [Endpoint] {
            self.gate.wait()
            return try self.answers.withLock { $0.removeFirst() }.get()
        }
    }

    private static let failure = HostResolver.Failure(description: "try again", isTemporary: true)
    private static let noSuchName = HostResolver.Failure(description: "no such name", isTemporary: false)

    private func address(_ text: String) throws -> Endpoint { try #require(Endpoint(numeric: text, port: 0)) }

    /// Looks up, lets one answer go, and waits for it.
    private func lookUp(_ resolver: HostResolver, _ service: NameService) async throws -> [Endpoint] {
        try await withCheckedThrowingContinuation { continuation in
            resolver.look(up: "nas") { continuation.resume(with: $0) }
            service.answer()
        }
    }

    @Test("each look-up asks anew, so a change is followed at once")
    func change() async throws {
        let first = try self.address("192.0.2.1"), second = try self.address("2001:db8::1")
        let service = NameService([.success([first]), .success([first, second])])
        let resolver = try HostResolver { try service.ask($0) }
        #expect(try await self.lookUp(resolver, service) == [first])
        #expect(try await self.lookUp(resolver, service) == [first, second])
        #expect(resolver.lastAnswer(for: "nas") == [first, second])
    }

    @Test("the last answer stands in for one that cannot be had, for an hour")
    func outage() async throws {
        let address = try self.address("192.0.2.1")
        let service = NameService([.success([address]), .failure(Self.failure)])
        let resolver = try HostResolver { try service.ask($0) }
        let start = MonotonicTime.now()
        #expect(try await self.lookUp(resolver, service) == [address])
        #expect(try await self.lookUp(resolver, service) == [address])
        #expect(resolver.lastAnswer(for: "nas", now: start + .minutes(59)) != nil)
        #expect(resolver.lastAnswer(for: "nas", now: .now() + .minutes(60)) == nil)
        resolver.keep(["other"])
        #expect(resolver.lastAnswer(for: "nas") == nil)
    }

    @Test("it does not stand in where the name is said not to exist, nor where there was none")
    func noSuchName() async throws {
        let service = NameService([
            .failure(Self.failure), .success([try self.address("192.0.2.1")]), .failure(Self.noSuchName),
            .failure(Self.failure),
        ])
        let resolver = try HostResolver { try service.ask($0) }
        await #expect(throws: HostResolver.Failure.self) { try await self.lookUp(resolver, service) }
        _ = try await self.lookUp(resolver, service)
        for _ in 0..<2 {
            await #expect(throws: HostResolver.Failure.self) { try await self.lookUp(resolver, service) }
        }
    }

    @Test("a name service that keeps silent costs a second, where there is a last answer")
    func silence() async throws {
        let address = try self.address("192.0.2.1")
        let service = NameService([.success([address]), .failure(Self.noSuchName)])
        let resolver = try HostResolver { try service.ask($0) }
        _ = try await self.lookUp(resolver, service)
        #expect(try await self.find(resolver) == [address])
        // What comes later changes nothing for those that have their answer.
        service.answer()
    }

    /// What a connection is told on its event loop.
    private func find(_ resolver: HostResolver) async throws -> [Endpoint] {
        let handle = try EventLoopHandle.start()
        return try await withCheckedThrowingContinuation { continuation in
            handle.execute { loop in
                resolver.find("nas", on: loop) { result, _ in continuation.resume(with: result) }
            }
        }
    }
}
