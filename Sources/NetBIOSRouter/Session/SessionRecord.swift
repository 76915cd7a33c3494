import NetBIOS
import NIOCore
import RouteConfig

/// What is known of one session, for its log line. Belongs to the session's event loop.
struct SessionRecord {
    let id: SessionID
    let client: ClientAddress
    let accepted: NIODeadline
    var request: SessionRequest?
    var requestedAfter: TimeAmount?
    var route: Route?
    var backend: Backend?
    var attempts = 0
    var connectedAfter: TimeAmount?
    /// Bytes from the client, keep-alives and all, behind the session request.
    var bytesIn = 0
    /// Bytes from the backend.
    var bytesOut = 0
    /// The SMB dialect that the backend chose, once it has.
    var dialect: SMBDialect?
    /// Whether the client speaks nothing newer than SMB 1 and the backend did not take it.
    var isSMB1Refused = false
    /// Why it ended, once it is known. The first reason stands.
    private(set) var end: SessionEnd?

    init(id: SessionID, client: ClientAddress, accepted: NIODeadline = .now()) {
        self.id = id
        self.client = client
        self.accepted = accepted
    }

    /// Notes why the session ends, unless a reason stands already.
    mutating func ends(with end: SessionEnd) {
        self.end = self.end ?? end
    }

    /// Whether the client said anything that is worth a line; a port scan is not.
    var isWorthALine: Bool { self.request != nil || self.end != .client }

    /// The facts of the log line.
    var facts: LogFacts {
        var facts = LogFacts([:])
        facts.append(.id, self.id.description)
        facts.append(.client, self.client.description)
        facts.append(.calling, self.request?.calling.name.description)
        facts.append(.called, self.request?.called.name.description)
        if let scope = self.request?.called.scope, !scope.isEmpty { facts.append(.scope, scope.description) }
        facts.append(.route, self.route?.name.text)
        facts.append(.backend, self.backend?.description)
        facts.append(.attempts, self.attempts.description)
        facts.append(.requestMilliseconds, self.requestedAfter?.milliseconds.description)
        facts.append(.connectMilliseconds, self.connectedAfter?.milliseconds.description)
        facts.append(.durationMilliseconds, (NIODeadline.now() - self.accepted).milliseconds.description)
        facts.append(.bytesIn, self.bytesIn.description)
        facts.append(.bytesOut, self.bytesOut.description)
        facts.append(.dialect, self.dialect?.description)
        facts.append(.end, (self.end ?? .error).description)
        return facts
    }
}

extension SocketAddress {
    /// `10.1.2.3:50112`, `[2001:db8::1]:50112`.
    var logText: String {
        // Nearly all are IPv4, and NIO's way to the text is a long one.
        if let address = self.ipv4, let port = self.port { return "\(address):\(port)" }
        guard let address = self.ipAddress, let port = self.port else { return "\(self)" }
        return address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    /// The IPv4 address; `nil` for any other kind.
    var ipv4: NetBIOS.IPv4Address? {
        guard case .v4 = self else { return nil }
        // Bytes 4 to 7 of a `struct sockaddr_in`, ip(7).
        return self.withSockAddr { address, _ in
            NetBIOS.IPv4Address(
                rawValue: UInt32(bigEndian: UnsafeRawPointer(address).load(fromByteOffset: 4, as: UInt32.self))
            )
        }
    }
}
