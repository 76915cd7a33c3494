import Foundation
import Glibc
import NetBIOS
import Sockets
import TestSupport
import Testing

@testable import NetBIOSRouter
@testable import NetworkDiagnosis

struct PortTableTests {
    private static let loopback = IPv4Address(rawValue: 0x7F00_0001)

    /// A listener of IPv6 for all addresses; `nil` on a machine without IPv6.
    private func listenOnIPv6(only: Bool) -> (Peer, UInt16)? {
        let peer = Peer(socket(AF_INET6, CInt(SOCK_STREAM.rawValue), 0))
        var isOnly: CInt = only ? 1 : 0
        setsockopt(peer.descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &isOnly, socklen_t(MemoryLayout<CInt>.size))
        guard let address = Endpoint(numeric: "::", port: 0),
            address.withSockaddr({ bind(peer.descriptor, $0, $1) }) == 0, listen(peer.descriptor, 16) == 0
        else { return nil }
        return Endpoint(localAddressOf: peer.descriptor).map { (peer, $0.port) }
    }

    /// Binds a port of all IPv4 addresses; `nil` if another process holds it.
    private func reserve(_ port: UInt16) -> Peer? {
        let peer = Peer(socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        let isBound = Endpoint(.ipv4(0), port: port).withSockaddr { bind(peer.descriptor, $0, $1) } == 0
        return isBound ? peer : nil
    }

    private var soon: MonotonicTime { .now() + .minutes(1) }

    @Test func `a listener of IPv6 for all addresses takes connections of IPv4, unless it does not want them`() throws {
        guard let (both, port) = self.listenOnIPv6(only: false), let (one, otherPort) = self.listenOnIPv6(only: true),
            // Bound and not listening, so that no other test listens there with IPv4.
            let reserved = self.reserve(otherPort)
        else { return }
        let table = PortTable(.tcp, until: self.soon)
        #expect(table.isComplete)
        #expect(table.listener(at: Self.loopback, port: port) != nil)
        #expect(table.listener(at: Self.loopback, port: otherPort) == nil)
        #expect(table.socket(Self.loopback, port: otherPort) != nil)
        withExtendedLifetime((both, one, reserved)) {}
    }

    @Test func `one pass finds the processes of all sockets, and ends at the deadline`() throws {
        let (first, port) = try Peer.listen(), (second, otherPort) = try Peer.listen()
        let table = PortTable(.tcp, until: self.soon)
        let sockets = [port, otherPort].map { table.socket(Self.loopback, port: $0) }
        let inodes = Set(sockets.compactMap { $0?.inode })
        #expect(inodes.count == 2)
        let router = RunningRouter(control: nil, file: nil, defaultFile: "/nowhere")
        let holders = SocketHolders(of: inodes, until: self.soon)
        #expect(holders.isComplete)
        #expect(sockets.map { holders.holder(of: $0, router: router)?.pid } == [Int(getpid()), Int(getpid())])
        #expect(!SocketHolders(of: inodes, until: .now()).isComplete)
        #expect(!PortTable(.tcp, until: .now()).isComplete)
        _ = (first, second)
    }

    @Test func `a process name is escaped, and does not identify a router`() {
        let stranger = ProbeReport.PortHolder(process: "\u{1B}[2Jnb", pid: 7, isRouter: false)
        #expect(stranger.description == "\\u{1B}[2Jnb (process 7)")
        let other = ProbeReport.PortHolder(process: "nbrouter", pid: 7, isRouter: false)
        #expect(other.description == "another nbrouter (process 7)")
        var report = ProbeReport()
        report.ports = [.init(transport: "TCP", address: "0.0.0.0:139", state: .held(by: other))]
        #expect(report.remarks.map(\.message) == ["TCP 0.0.0.0:139 is in use by another nbrouter (process 7)"])
        report.ports[0].state = .held(by: .init(process: "nbrouter", pid: 7, isRouter: true))
        #expect(report.remarks.isEmpty)
    }

    @Test func `the router is the process that answers on the control socket of the file`() throws {
        let path = "/tmp/nbrouter-\(UUID().uuidString).sock"
        let listener = Peer(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
        let address = try #require(UnixSocketAddress(path))
        #expect(address.withSocketAddress { bind(listener.descriptor, $0, $1) } == 0)
        defer { unlink(path) }
        #expect(listen(listener.descriptor, 4) == 0)
        let router = RunningRouter(control: path, file: nil, defaultFile: "/nowhere")
        #expect(router.isProcess(Int(getpid())))
        #expect(!router.isProcess(1))
        #expect(
            !RunningRouter(control: path + "x", file: "/etc/passwd", defaultFile: "/nowhere").isProcess(Int(getpid()))
        )
    }
}
