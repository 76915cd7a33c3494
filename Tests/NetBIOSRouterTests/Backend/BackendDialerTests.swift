import Glibc
import RouteConfig
import Sockets
import TestSupport
import Testing

@testable import NetBIOSRouter

struct BackendDialerTests {
    /// The events of one dial, and the part of the stack that its receiver was called on.
    private struct Dial: Sendable {
        var failureCount = 0
        var lastReason: String?
        var isConnected = false
        /// Whether an event came before the initializer returned.
        var isEarly = false
        private var stack: ClosedRange<UInt>?

        /// The stack bytes between the receiver's deepest and highest call.
        var stackGrowth: UInt { self.stack.map { $0.upperBound - $0.lowerBound } ?? 0 }

        mutating func noteStack() {
            var byte: UInt8 = 0
            let place = withUnsafePointer(to: &byte) { UInt(bitPattern: $0) }
            let stack = self.stack ?? place...place
            self.stack = min(stack.lowerBound, place)...max(stack.upperBound, place)
        }
    }

    private static let manyBackends = 20_000

    /// Dials on an event loop until the last event.
    private func dial(
        _ backends: [Backend],
        from source: Endpoint? = nil,
        resolver: HostResolver? = nil,
        timeout: Duration? = .seconds(60),
        cancelsAtFirstFailure: Bool = false
    ) async throws -> Dial {
        let loops = try #require(loops)
        let resolver = resolver ?? loops.resolver
        return await withCheckedContinuation { continuation in
            loops.sessions.nextLoop().handle.execute { loop in
                var dial = Dial(), isStarted = false
                var dialer: BackendDialer?
                dialer = BackendDialer(backends, from: source, connectTimeout: timeout, resolver: resolver, on: loop) {
                    dial.isEarly = dial.isEarly || !isStarted
                    dial.noteStack()
                    switch consume $0 {
                    case .failed(let failure):
                        dial.failureCount += 1
                        dial.lastReason = failure.reason
                        guard cancelsAtFirstFailure else { return }
                        dialer?.cancel()
                        dialer = nil
                        // Long enough for an unexpected event.
                        _ = loop.schedule(at: .now() + .milliseconds(50)) { continuation.resume(returning: dial) }
                    case .exhausted:
                        dialer = nil
                        continuation.resume(returning: dial)
                    case .connected:
                        dial.isConnected = true
                        dialer = nil
                        continuation.resume(returning: dial)
                    }
                }
                isStarted = true
            }
        }
    }

    /// A way to fail immediately.
    enum Failing: CaseIterable, Sendable {
        /// By a reset, after connect(2) has returned.
        case refused
        /// By connect(2) itself.
        case unreachable
        /// Before there is a socket: an IPv4 source and an IPv6 address.
        case unusable
    }

    @Test(arguments: Failing.allCases)
    func `20,000 backends that fail at once are tried on a flat stack`(_ failing: Failing) async throws {
        let (reservation, port) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let host =
            switch failing {
            case .refused: "127.0.0.1"
            case .unreachable: "255.255.255.255"
            case .unusable: "::1"
            }
        let source = failing == .unusable ? Endpoint(numeric: "127.0.0.1", port: 0) : nil
        let dial = try await self.dial(
            Array(repeating: Backend(host: host, port: port), count: Self.manyBackends),
            from: source
        )
        #expect(dial.failureCount == Self.manyBackends)
        #expect(!dial.isEarly && !dial.isConnected)
        #expect(dial.stackGrowth < 16_384, "\(dial.stackGrowth) bytes")
    }

    @Test func `a name with thousands of addresses is one failure, and a bounded number of them is tried`() async throws
    {
        let (reservation, port) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let addresses = (1...4_000).map { Endpoint(.ipv4(0x7F00_0000 + $0), port: 0) }
        let resolver = try HostResolver { _ in addresses }
        let dial = try await self.dial([Backend(host: "many.example.com", port: port)], resolver: resolver)
        #expect(dial.failureCount == 1 && !dial.isEarly)
        // The last of those that are tried.
        #expect(dial.lastReason?.contains("127.0.0.\(BackendDialer.addressLimit):\(port)") == true, "\(dial)")
    }

    @Test func `a name without addresses, and an empty list of backends, end the dial after it has begun`() async throws
    {
        let resolver = try HostResolver { _ in [] }
        let unknown = try await self.dial([Backend(host: "none.example.com", port: 445)], resolver: resolver)
        #expect(unknown.failureCount == 1 && unknown.lastReason == "the name does not resolve" && !unknown.isEarly)
        let none = try await self.dial([])
        #expect(none.failureCount == 0 && !none.isEarly)
    }

    @Test func `after a cancel by the receiver no event follows`() async throws {
        let (reservation, port) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let backends = Array(repeating: Backend(host: "127.0.0.1", port: port), count: 100)
        let dial = try await self.dial(backends, cancelsAtFirstFailure: true)
        #expect(dial.failureCount == 1)
    }

    @Test func `the backend after thousands that fail takes the connection`() async throws {
        let (reservation, port) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let (listener, openPort) = try Peer.listen()
        let dead = Array(repeating: Backend(host: "127.0.0.1", port: port), count: 2_000)
        let dial = try await self.dial(dead + [Backend(host: "127.0.0.1", port: openPort)])
        #expect(dial.isConnected && dial.failureCount == dead.count)
        withExtendedLifetime(listener) {}
    }
}
