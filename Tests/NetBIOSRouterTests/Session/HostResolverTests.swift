import Dispatch
import Sockets
import Synchronization
import Testing

@testable import NetBIOSRouter

struct HostResolverTests {
    /// A resolver with scripted results and timing.
    private final class NameService: Sendable {
        private let answers: Mutex<[Result<[Endpoint], any Error>]>
        private let gate = DispatchSemaphore(value: 0)

        init(_ answers: [Result<[Endpoint], any Error>]) {
            self.answers = Mutex(answers)
        }

        /// Releases the next result.
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

    /// Starts a lookup, releases one result, and waits for it.
    private func lookUp(_ resolver: HostResolver, _ service: NameService) async throws -> [Endpoint] {
        try await withCheckedThrowingContinuation { continuation in
            resolver.look(up: "nas") { continuation.resume(with: $0) }
            service.answer()
        }
    }

    @Test func `each connection causes a lookup, so a change takes effect at once`() async throws {
        let first = try self.address("192.0.2.1"), second = try self.address("2001:db8::1")
        let service = NameService([.success([first]), .success([first, second])])
        let resolver = try HostResolver { try service.ask($0) }
        #expect(try await self.lookUp(resolver, service) == [first])
        #expect(try await self.lookUp(resolver, service) == [first, second])
        #expect(resolver.lastAnswer(for: "nas") == [first, second])
    }

    @Test func `the cached result replaces a failed lookup, for an hour`() async throws {
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

    @Test func `the cached result is not used if the name does not exist`() async throws {
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

    @Test func `a silent DNS server delays a cached name by a second`() async throws {
        let address = try self.address("192.0.2.1")
        let service = NameService([.success([address]), .failure(Self.noSuchName)])
        let resolver = try HostResolver { try service.ask($0) }
        _ = try await self.lookUp(resolver, service)
        #expect(try await self.find(resolver) == [address])
        // A late result changes nothing for connections that have theirs.
        service.answer()
    }

    /// Returns the result of a connection on its event loop.
    private func find(_ resolver: HostResolver) async throws -> [Endpoint] {
        let handle = try EventLoopHandle.start()
        return try await withCheckedThrowingContinuation { continuation in
            handle.execute { loop in
                _ = HostSearch("nas", by: resolver, for: .session, on: loop) { result, _ in
                    continuation.resume(with: result)
                }
            }
        }
    }

    // MARK: - Places

    /// A name service in which look-ups of names that begin with `dead` wait until they are let go, and fail then.
    private final class DeadZone: Sendable {
        private let gate = DispatchSemaphore(value: 0)
        private let answer: [Endpoint]

        init(_ answer: Endpoint) {
            self.answer = [answer]
        }

        /// Lets so many look-ups end.
        func fail(_ count: Int) {
            for _ in 0..<count { self.gate.signal() }
        }

        func ask(_ host: String) throws -> [Endpoint] {
            guard host.hasPrefix("dead") else { return self.answer }
            self.gate.wait()
            throw HostResolverTests.failure
        }
    }

    /// Looks up a name that is answered at once.
    private func lookUp(_ host: String, by resolver: HostResolver, for purpose: LookupPurpose = .session) async throws
        -> [Endpoint]
    {
        try await withCheckedThrowingContinuation { continuation in
            resolver.look(up: host, for: purpose) { continuation.resume(with: $0) }
        }
    }

    /// Looks names up, all at once, and waits until all have failed.
    private func fail(
        _ names: [String],
        of zone: DeadZone,
        by resolver: HostResolver,
        meanwhile: () -> Void = {}
    ) async {
        await withCheckedContinuation { continuation in
            let left = Mutex(names.count)
            for name in names {
                resolver.look(up: name) { _ in
                    let isLast = left.withLock { left in
                        left -= 1
                        return left == 0
                    }
                    if isLast { continuation.resume() }
                }
            }
            meanwhile()
            zone.fail(names.count)
        }
    }

    @Test
    func `names of a dead zone take a quarter of the threads, and half when they have failed; others are answered`()
        async throws
    {
        let address = try self.address("192.0.2.1"), zone = DeadZone(address)
        let resolver = try HostResolver { try zone.ask($0) }
        let names = (0..<100).map { "dead\($0).example.net" }
        await self.fail(names, of: zone, by: resolver) {
            #expect(resolver.load.asked == HostResolver.domainLimit)
        }
        // They have failed: of any number of zones they take half of the threads at most.
        for (index, name) in names.enumerated() {
            resolver.look(up: name) { _ in }
            // New names of the same zone, and checks of both.
            resolver.look(up: "dead-too\(index).example.net") { _ in }
            resolver.look(up: "dead-check\(index).zone\(index).example.net", for: .check) { _ in }
        }
        let half = HostResolver.threadCount / 2
        #expect(resolver.load.asked <= half + HostResolver.domainLimit)
        for round in 0..<100 {
            #expect(try await self.lookUp("good\(round).example.com", by: resolver) == [address])
        }
        zone.fail(300)
    }

    @Test func `any number of names that failed, each in a zone of its own, takes half of the threads`() async throws {
        let address = try self.address("192.0.2.1"), zone = DeadZone(address)
        let resolver = try HostResolver { try zone.ask($0) }
        let names = (0..<200).map { "dead.zone\($0)" }
        for _ in 0..<2 { await self.fail(names, of: zone, by: resolver) }
        for name in names { resolver.look(up: name) { _ in } }
        #expect(resolver.load.asked == HostResolver.threadCount / 2)
        #expect(try await self.lookUp("good", by: resolver) == [address])
        zone.fail(names.count)
    }

    @Test func `sessions do not queue behind checks, and a check's turn becomes a session's`() async throws {
        let address = try self.address("192.0.2.1"), zone = DeadZone(address)
        let resolver = try HostResolver { try zone.ask($0) }
        for number in 0..<1000 { resolver.look(up: "dead.zone\(number)", for: .check) { _ in } }
        #expect(resolver.load.asked == HostResolver.threadCount / 4)
        for name in ["good.example.com", "good.zone1", "good.zone999"] {
            #expect(try await self.lookUp(name, by: resolver) == [address])
        }
        // The name waits as a check; a session that wants it, too, has it asked at once.
        let isStarted = Mutex(false)
        resolver.look(up: "dead.zone999", started: { isStarted.withLock { $0 = true } }) { _ in }
        #expect(resolver.load.asked == HostResolver.threadCount / 4 + 1)
        zone.fail(1000)
        _ = try? await self.lookUp("dead.zone998", by: resolver)
        #expect(isStarted.withLock { $0 })
    }

    @Test func `look-ups that nobody waits for any more leave nothing but the threads that ask`() async throws {
        let zone = DeadZone(try self.address("192.0.2.1"))
        let resolver = try HostResolver { try zone.ask($0) }
        for round in 0..<200 {
            let lookups = (0..<50).map { resolver.look(up: "dead\($0 + 50 * (round % 4)).zone\($0)") { _ in } }
            #expect(resolver.load.waiters == 50)
            for lookup in lookups { resolver.cancel(lookup) }
            #expect(resolver.load.waiters == 0)
            #expect(resolver.load.asked <= HostResolver.threadCount)
            #expect(resolver.load.queued <= 2 * 64)
        }
        zone.fail(HostResolver.threadCount)
    }

    @Test func `where no thread is free to ask, the last answer is taken without patience`() async throws {
        let address = try self.address("192.0.2.1"), zone = DeadZone(address)
        let isDead = Mutex(false)
        let resolver = try HostResolver { try zone.ask(isDead.withLock { $0 } ? "dead" : $0) }
        _ = try await self.lookUp("nas", by: resolver)
        isDead.withLock { $0 = true }
        for number in 0..<HostResolver.threadCount { resolver.look(up: "dead.zone\(number)") { _ in } }
        #expect(resolver.load.asked == HostResolver.threadCount)
        #expect(try await self.find(resolver) == [address])
        #expect(resolver.load.waiters == HostResolver.threadCount)
        zone.fail(HostResolver.threadCount + 1)
    }
}
