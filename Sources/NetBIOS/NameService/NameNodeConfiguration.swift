extension NameNode {
    /// The settings of a node.
    public struct Configuration: Hashable, Sendable {
        /// The address of the interface, which names without their own address have.
        public var address: IPv4Address
        /// The network of the interface; broadcasts of other sources are dropped.
        public var network: IPv4Network
        /// The destination of broadcasts.
        public var broadcastAddress: IPv4Address
        /// The UDP port that packets are sent to.
        public var port: UInt16 = NameServiceEndpoint.standardPort
        /// The node type, which determines how names are registered.
        public var nodeType: NodeType = .broadcast
        /// The name servers in order of preference; unused by a B node.
        public var nameServers: [IPv4Address] = []
        /// The time to live in responses, in seconds.
        public var timeToLive: UInt32 = 259_200
        /// Maximum registrations, overwrites and releases per second; values below 1 count as 1.
        public var claimRate: Int = 200
        /// The unit id in node status responses: the interface's hardware address.
        public var unitID: UnitID = .zero
        /// Timeouts and retry counts.
        public var timing = ClaimTiming()

        /// Makes the settings of a node at `address`, with the broadcast address of `network`.
        public init(address: IPv4Address, network: IPv4Network) {
            self.address = address
            self.network = network
            self.broadcastAddress = network.broadcastAddress
        }
    }
}

/// A datagram to send.
public struct NameTransmission: Hashable, Sendable {
    /// The destination.
    public var destination: NameServiceEndpoint
    /// The source address; `nil` for the address of the request, or the interface's own.
    public var source: IPv4Address?
    public var packet: NameServicePacket

    /// The encoded datagram.
    public var bytes: [UInt8] { self.packet.encoded() }

    public init(destination: NameServiceEndpoint, source: IPv4Address? = nil, packet: NameServicePacket) {
        self.destination = destination
        self.source = source
        self.packet = packet
    }
}
