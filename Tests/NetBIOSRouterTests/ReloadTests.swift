import Glibc
import NetBIOS
import RouteConfig
import Synchronization
import TestSupport
import Testing

@testable import NetBIOSRouter

/// Calls an unknown name repeatedly.
private final class Caller: Sendable {
    private let port: UInt16
    private let request: [UInt8]
    private let isStopped = Mutex(false)

    init(port: UInt16, request: [UInt8]) {
        self.port = port
        self.request = request
    }

    func stop() { self.isStopped.withLock { $0 = true } }

    /// Returns the number of calls without a response.
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
            #expect(await router.reload(round.isMultiple(of: 2) ? all : router.configuration).reloaded)
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
        let outcome = await router.reload(router.configuration)
        #expect(!outcome.reloaded && outcome.failure?.reason == "the router is starting or stopping")
        #expect(await router.router.snapshot().listeners.allSatisfy { $0.service == .name })
    }

    @Test("a port in use leaves everything unchanged, and the error has a remedy")
    func portTaken() async throws {
        let (taken, takenPort) = try Peer.listen()
        let router = try await TestRouter(backendPort: takenPort)
        var other = router.configuration
        other.listen.sessionPort = takenPort
        let failure = try #require(await router.reload(other).failure)
        #expect(failure.reason.hasPrefix("cannot listen on TCP 127.0.0.1:\(takenPort): "))
        #expect(failure.remedy?.contains("listen.addresses") == true)
        let client = Peer.connect(port: router.port)
        client.send(try sessionRequest(to: "NOBODY"))
        #expect(try await blocking { client.receive(10) } == [0x83, 0, 0, 1, 0x82])
        withExtendedLifetime(taken) {}
        await router.stop()
    }
}
