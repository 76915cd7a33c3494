import Glibc
import NetBIOS
import RouteConfig
import Synchronization
import TestSupport
import Testing

@testable import NetBIOSRouter

/// Calls a name that nobody has, again and again.
private final class Caller: Sendable {
    private let port: UInt16
    private let request: [UInt8]
    private let isStopped = Mutex(false)

    init(port: UInt16, request: [UInt8]) {
        self.port = port
        self.request = request
    }

    func stop() { self.isStopped.withLock { $0 = true } }

    /// How many calls got no answer.
    func callUntilStopped() -> Int {
        var unanswered = 0
        while !self.isStopped.withLock({ $0 }) {
            let client = Peer.connect(port: self.port)
            client.send(self.request)
            if client.receive(10) != [0x83, 0, 0, 1, 0x82] { unanswered += 1 }
        }
        return unanswered
    }
}

@Suite("Reloads")
struct ReloadTests {
    @Test("no connection is refused while the listener moves between one address and all", .timeLimit(.minutes(1)))
    func listenerMoves() async throws {
        let (listener, port) = try Peer.listen()
        let router = try await TestRouter(backendPort: port)
        let caller = Caller(port: router.port, request: try sessionRequest(to: "NOBODY"))
        async let refused: Int = blocking { caller.callUntilStopped() }
        var all = router.configuration
        all.listen.addresses = [.any]
        for round in 0..<10 {
            _ = try await router.router.reload(round.isMultiple(of: 2) ? all : router.configuration)
            try await Task.sleep(for: .milliseconds(round.isMultiple(of: 3) ? 300 : 20))
        }
        caller.stop()
        #expect(try await refused == 0)
        withExtendedLifetime(listener) {}
        await router.stop()
    }

    @Test("a reload that comes after the stop is refused, and opens no port again")
    func afterTheStop() async throws {
        let router = try await TestRouter(backendPort: 9)
        await router.stop()
        await #expect(throws: RouterNotServing.self) { try await router.router.reload(router.configuration) }
        #expect(await router.router.sessionAddresses.isEmpty)
    }

    @Test("a port that is taken leaves everything as it was, and says what to do")
    func portTaken() async throws {
        let (taken, takenPort) = try Peer.listen()
        let router = try await TestRouter(backendPort: takenPort)
        var other = router.configuration
        other.listen.sessionPort = takenPort
        let error = await #expect(throws: BindError.self) { try await router.router.reload(other) }
        #expect(error?.address == "127.0.0.1:\(takenPort)")
        #expect(error?.description.contains("listen.addresses") == true)
        let client = Peer.connect(port: router.port)
        client.send(try sessionRequest(to: "NOBODY"))
        #expect(try await blocking { client.receive(10) } == [0x83, 0, 0, 1, 0x82])
        withExtendedLifetime(taken) {}
        await router.stop()
    }
}
