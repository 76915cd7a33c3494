import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import NetBIOS
import RouteConfig
import Testing

@testable import NetBIOSRouter

@Suite("Sessions over real sockets")
struct RelayTests {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    func router(backendPort: UInt16) async throws -> (RouterService, UInt16) {
        var configuration = RouterConfiguration(
            routes: [Route(name: try NetBIOSName("XYKON-2"), backends: [Backend(host: "127.0.0.1", port: backendPort)])]
        )
        configuration.listen.addresses = [IPv4Address(127, 0, 0, 1)]
        configuration.listen.sessionPort = 0
        let router = RouterService(configuration, on: self.group, logger: Logger(label: "test"))
        try await router.start()
        let address = try #require(await router.sessionAddresses.first)
        return (router, UInt16(try #require(address.port)))
    }

    func call(_ name: String) throws -> [UInt8] {
        SessionPacket.request(
            SessionRequest(
                called: QualifiedName(try NetBIOSName(name)),
                calling: QualifiedName(try NetBIOSName("PRINTER", suffix: .workstation))
            )
        ).encoded()
    }

    @Test("a stalled receiver gets every byte that was sent before the FIN")
    func finBehindPendingBytes() async throws {
        let (listener, port) = try Peer.listen()
        let (router, routerPort) = try await self.router(backendPort: port)
        let client = Peer.connect(port: routerPort)
        client.send(try self.call("XYKON-2"))
        let backend = listener.accept()
        #expect(client.receive(4) == [0x82, 0, 0, 0])
        let frame = [0, 0xF0, 0, 0] + [UInt8](repeating: 7, count: 0xF0_0000)
        let descriptor = backend.descriptor
        let sender = Thread {
            let copy = Peer(dup(descriptor))
            for _ in 0..<4 { copy.send(frame) }
            copy.finish()
        }
        sender.start()
        usleep(500_000)
        let all = client.receive(4 * frame.count + 1)
        #expect(all.count == 4 * frame.count)
        client.send([0, 0, 0, 1, 9])
        client.finish()
        #expect(backend.receive(10) == [0, 0, 0, 1, 9])
        await router.stop(grace: .seconds(1))
    }
}
