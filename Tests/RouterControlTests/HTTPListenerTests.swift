import Glibc
import Logging
import RouteConfig
import Testing

@testable import RouterControl

/// An HTTP listener without a router.
struct HTTPListenerTests {
    /// The port that a socket of IPv4 is bound to.
    private static func port(of descriptor: CInt) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        try #require(isKnown)
        return UInt16(bigEndian: address.sin_port)
    }

    @Test func `a listener that has retired has let go of its address, so that the next reload can have it`()
        async throws
    {
        // An address without connections of other tests.
        let address = "127.86.7.5"
        var descriptor = try MetricsSocket.bind(MetricsEndpoint(host: address, port: 0), sharesPort: false)
        var endpoint = MetricsEndpoint(host: address, port: try Self.port(of: descriptor))
        var timesTaken = 0
        for _ in 0..<100 {
            let listener = try await HTTPListener.start(
                descriptor: descriptor,
                named: "TCP \(endpoint)",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                responder: HTTPRoutes().responder(unknownPath: "")
            )
            await listener.retire()
            // A process that another test has just forked also holds the socket, until it executes its program.
            let bound = Result { try MetricsSocket.bind(endpoint, sharesPort: false) }
            if case .failure = bound { timesTaken += 1 }
            descriptor = try bound.flatMapError { _ in
                Result { try MetricsSocket.bind(MetricsEndpoint(host: address, port: 0), sharesPort: false) }
            }.get()
            endpoint.port = try Self.port(of: descriptor)
        }
        close(descriptor)
        #expect(timesTaken < 10)
    }
}
