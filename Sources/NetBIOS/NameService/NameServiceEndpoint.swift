/// The source or destination of a datagram of the name service.
public struct NameServiceEndpoint: Hashable, Sendable {
    public var address: IPv4Address
    public var port: UInt16

    /// Makes an endpoint; the default port is that of the name service.
    public init(_ address: IPv4Address, port: UInt16 = NameServiceEndpoint.standardPort) {
        self.address = address
        self.port = port
    }

    /// NAME_SERVICE_UDP_PORT (RFC 1002 §6).
    public static let standardPort: UInt16 = 137
}

extension NameServiceEndpoint: CustomStringConvertible {
    /// `192.0.2.1:137`.
    public var description: String { "\(self.address):\(self.port)" }
}
