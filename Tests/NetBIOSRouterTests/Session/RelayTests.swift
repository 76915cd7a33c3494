import Glibc
import NetBIOS
import RouteConfig
import Sockets
import TestSupport
import Testing

@testable import NetBIOSRouter

struct RelayTests {
    /// A backend, a router, and a client with an accepted call.
    private func session(
        change: (inout RouterConfiguration) -> Void = { _ in }
    ) async throws -> (router: TestRouter, client: Peer, backend: Peer) {
        let (listener, port) = try Peer.listen()
        let router = try await TestRouter(backendPort: port, change: change)
        let client = Peer.connect(port: router.port)
        client.send(try sessionRequest(to: "XYKON-2"))
        let backend = try await blocking { listener.accept() }
        #expect(try await blocking { client.receive(4) } == [0x82, 0, 0, 0])
        return (router, client, backend)
    }

    @Test func `a stalled receiver gets every byte that was sent before the FIN`() async throws {
        let (router, client, backend) = try await self.session()
        let frame = [0, 0xF0, 0, 0] + [UInt8](repeating: 7, count: 0xF0_0000)
        async let sent: Int = blocking {
            let count = (0..<4).reduce(0) { sum, _ in sum + backend.send(frame) }
            backend.finish()
            return count
        }
        let firstBytes = try await blocking { client.receive(100) }
        let others = try await blocking { client.receive(4 * frame.count) }
        #expect(try await sent == 4 * frame.count)
        #expect(firstBytes.count + others.count == 4 * frame.count)
        // The other half is still open.
        client.send([0, 0, 0, 1, 9])
        client.finish()
        #expect(try await blocking { backend.receive(10) } == [0, 0, 0, 1, 9])
        await router.stop()
    }

    @Test func `single bytes pass, and a FIN after the last of them`() async throws {
        let (router, client, backend) = try await self.session()
        for byte: UInt8 in [0, 0, 0, 2, 8] {
            client.send([byte])
            #expect(try await blocking { backend.receive(1) } == [byte])
        }
        client.send([9])
        client.finish()
        #expect(try await blocking { backend.receive(10) } == [9])
        await router.stop()
    }

    @Test func `a connection inherits the socket options that detect a dead peer from the listener`() async throws {
        let (router, client, backend) = try await self.session()
        let accepted = try #require(Self.acceptedDescriptor(of: client))
        for (option, value) in SessionSocketOptions.all {
            let actual = try #require(option.value(of: accepted))
            // A flag that is set is any nonzero number.
            #expect(value == 1 ? actual != 0 : actual == value)
        }
        withExtendedLifetime((client, backend)) {}
        await router.stop()
    }

    /// Returns the descriptor of this process whose peer is `client`.
    private static func acceptedDescriptor(of client: Peer) -> CInt? {
        let wanted = Endpoint(localAddressOf: client.descriptor)
        return (0..<4096).first { descriptor in
            let (status, peer) = sockaddr_in.filled { getpeername(descriptor, $0, $1) }
            return status == 0 && Endpoint(.ipv4(peer.ipv4), port: peer.port) == wanted
        }
    }

    @Test func `a half-closed client still gets its answer`() async throws {
        let (router, client, backend) = try await self.session()
        client.send([0, 0, 0, 1, 1])
        client.finish()
        #expect(try await blocking { backend.receive(10) } == [0, 0, 0, 1, 1])
        backend.send([0, 0, 0, 1, 2])
        backend.finish()
        #expect(try await blocking { client.receive(10) } == [0, 0, 0, 1, 2])
        await router.stop()
    }

    @Test func `bytes sent after the request reach the backend first`() async throws {
        let (listener, port) = try Peer.listen()
        let router = try await TestRouter(backendPort: port)
        let client = Peer.connect(port: router.port)
        client.send(try sessionRequest(to: "XYKON-2") + [0x85, 0, 0, 0, 0, 0, 0, 2, 5, 6])
        client.send([0, 0, 0, 1, 7])
        let backend = try await blocking { listener.accept() }
        #expect(try await blocking { backend.receive(11) } == [0, 0, 0, 2, 5, 6, 0, 0, 0, 1, 7])
        await router.stop()
    }

    @Test func `an unknown type in a session ends it, after the bytes before it`() async throws {
        let (router, client, backend) = try await self.session()
        client.send([0, 0, 0, 1, 1, 0x81, 0, 0, 0])
        #expect(try await blocking { backend.receive(100) } == [0, 0, 0, 1, 1])
        #expect(try await blocking { client.receive(100) } == [])
        await router.stop()
    }

    @Test func `a silent session ends at its idle timeout`() async throws {
        let (router, client, backend) = try await self.session { $0.sessions.idleTimeout = .milliseconds(100) }
        #expect(try await blocking { client.receive(1) } == [])
        #expect(try await blocking { backend.receive(1) } == [])
        await router.stop()
    }

    @Test func `calls that cannot be taken are refused with the code of the RFC`() async throws {
        let (listener, port) = try Peer.listen()
        let (reservation, deadPort) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let router = try await TestRouter(backendPort: port) { configuration in
            configuration.routes[0].suffixes = [.workstation]
            guard let dead = try? NetBIOSName("DEAD"), let denied = try? NetBIOSName("DENIED"),
                let full = try? NetBIOSName("FULL")
            else { return }
            configuration.routes += [dead, denied, full].map {
                Route(name: $0, backends: [Backend(host: "127.0.0.1", port: deadPort)])
            }
            configuration.routes[2].access.deny = [IPv4Address(127, 0, 0, 1)].compactMap {
                IPv4Network(containing: $0, prefixLength: 8)
            }
            configuration.routes[3].maxSessions = 0
        }
        let expected: [(String, UInt8)] = [
            ("XYKON-2", 0x80), ("DENIED", 0x81), ("NOBODY", 0x82), ("DEAD", 0x83), ("FULL", 0x83),
        ]
        for (name, code) in expected {
            let client = Peer.connect(port: router.port)
            client.send(try sessionRequest(to: name))
            #expect(try await blocking { client.receive(10) } == [0x83, 0, 0, 1, code], "\(name)")
        }
        withExtendedLifetime(listener) {}
        await router.stop()
    }

    @Test func `a backend that refuses lets the next one take the call`() async throws {
        let (reservation, deadPort) = try Peer.reserve()
        defer { withExtendedLifetime(reservation) {} }
        let (listener, port) = try Peer.listen()
        let router = try await TestRouter(backendPort: port) { configuration in
            configuration.routes[0].backends.insert(Backend(host: "127.0.0.1", port: deadPort), at: 0)
        }
        let client = Peer.connect(port: router.port)
        client.send(try sessionRequest(to: "XYKON-2"))
        #expect(try await blocking { client.receive(4) } == [0x82, 0, 0, 0])
        withExtendedLifetime(listener) {}
        await router.stop()
    }
}
