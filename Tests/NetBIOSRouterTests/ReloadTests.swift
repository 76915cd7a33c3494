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
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        /// Resumed after so many more calls.
        var waiter: (calls: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    init(port: UInt16, request: [UInt8]) {
        self.port = port
        self.request = request
    }

    func stop() { self.state.withLock { $0.isStopped = true } }

    /// Waits for so many more calls.
    func waitForCalls(_ count: Int) async {
        await withCheckedContinuation { continuation in self.state.withLock { $0.waiter = (count, continuation) } }
    }

    private func countCall() {
        let continuation: CheckedContinuation<Void, Never>? = self.state.withLock { state in
            state.waiter?.calls -= 1
            guard let waiter = state.waiter, waiter.calls == 0 else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        continuation?.resume()
    }

    /// Returns the number of calls without a response.
    func callUntilStopped() -> Int {
        var unanswered = 0
        while !self.state.withLock({ $0.isStopped }) {
            let client = Peer.connect(port: self.port)
            client.send(self.request)
            if client.receive(10) != [0x83, 0, 0, 1, 0x82] { unanswered += 1 }
            self.countCall()
        }
        return unanswered
    }
}

struct ReloadTests {
    @Test(.timeLimit(.minutes(1)))
    func `no connection is refused while the listener moves between one address and all`() async throws {
        let (listener, port) = try Peer.listen()
        let router = try await TestRouter(backendPort: port)
        let caller = Caller(port: router.port, request: try sessionRequest(to: "NOBODY"))
        async let refused: Int = blocking { caller.callUntilStopped() }
        var all = router.configuration
        all.listen.addresses = [.any]
        for round in 0..<10 {
            #expect(await router.reload(round.isMultiple(of: 2) ? all : router.configuration).reloaded)
            await caller.waitForCalls(round.isMultiple(of: 3) ? 500 : 20)
        }
        caller.stop()
        #expect(try await refused == 0)
        withExtendedLifetime(listener) {}
        await router.stop()
    }

    @Test func `a reload that comes after the stop is refused, and opens no port again`() async throws {
        let router = try await TestRouter(backendPort: 9)
        await router.stop()
        let outcome = await router.reload(router.configuration)
        #expect(!outcome.reloaded && outcome.failure?.reason == "the router is starting or stopping")
        #expect(await router.router.snapshot().listeners.allSatisfy { $0.service == .name })
    }

    @Test func `a port in use leaves everything unchanged, and the error has a remedy`() async throws {
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
