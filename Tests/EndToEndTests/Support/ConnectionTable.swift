import Foundation

/// A TCP connection in a host's kernel.
struct HostConnection: Sendable {
    /// The state, where a test needs it.
    let state: State?
    let localPort: UInt16
    let peerAddress: String
    let peerPort: UInt16
    /// Bytes that were written and not acknowledged by the peer.
    let unacknowledgedCount: Int

    /// The kernel's codes of states (`net/tcp_states.h`).
    enum State: String, Sendable {
        case established = "01"
        case synSent = "02"
        case finWait2 = "05"
        case closeWait = "08"
    }
}

extension Host {
    /// All TCP connections, listeners excluded (proc_pid_net(5), `/proc/net/tcp`).
    func connections() throws -> [HostConnection] {
        let table = try self.namespace.enter {
            try String(contentsOfFile: "/proc/thread-self/net/tcp", encoding: .utf8)
        }
        return table.split(separator: "\n").dropFirst().compactMap { HostConnection(row: $0) }
            .filter { $0.peerPort != 0 }
    }

    /// The connections to a peer.
    func connections(to peer: Host) throws -> [HostConnection] {
        try self.connections().filter { $0.peerAddress == peer.address }
    }

    /// Sets sysctls of the host's own network, each written as `net.ipv4.tcp_fin_timeout=5`.
    func setKernel(_ settings: String...) throws {
        let finished = try self.run(["sysctl", "-qw"] + settings)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
    }
}

extension HostConnection {
    fileprivate init?(row: Substring) {
        let fields = row.split(separator: " ")
        guard fields.count > 4, let queue = fields[4].split(separator: ":").first,
            let local = Self.endpoint(fields[1]), let peer = Self.endpoint(fields[2])
        else { return nil }
        self.init(
            state: State(rawValue: String(fields[3])),
            localPort: local.port,
            peerAddress: peer.address,
            peerPort: peer.port,
            unacknowledgedCount: Int(queue, radix: 16) ?? 0
        )
    }

    /// Reads an address in the host's byte order and a port, such as `0B004D0A:01BD`.
    private static func endpoint(_ text: Substring) -> (address: String, port: UInt16)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let number = UInt32(parts[0], radix: 16), let port = UInt16(parts[1], radix: 16) else {
            return nil
        }
        let bytes = withUnsafeBytes(of: number) { $0.map { "\($0)" } }
        return (bytes.joined(separator: "."), port)
    }
}
