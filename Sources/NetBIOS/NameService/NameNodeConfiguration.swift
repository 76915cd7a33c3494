extension NameNode {
    /// What a node knows of its interface, and of the manners that it is to have there.
    public struct Configuration: Hashable, Sendable {
        /// The address of the interface, which the names are found at unless they have one of their own.
        public var address: IPv4Address
        /// The network of the interface; broadcasts of other sources are dropped.
        public var network: IPv4Network
        /// Where broadcasts are sent.
        public var broadcastAddress: IPv4Address
        /// The UDP port that broadcasts and queries are sent to.
        public var port: UInt16 = NameServiceEndpoint.standardPort
        /// How names are registered.
        public var nodeType: NodeType = .broadcast
        /// The name servers in order of preference; not used by a B node.
        public var nameServers: [IPv4Address] = []
        /// How long others may remember an answer, in seconds.
        public var timeToLive: UInt32 = 259_200
        /// Registrations, overwrites and releases a second, at most; less than 1 counts as 1.
        public var claimRate: Int = 200
        /// What node status responses carry as unit id: the hardware address of the interface.
        public var unitID: UnitID = .zero
        /// How long to wait for what.
        public var timing = ClaimTiming()

        /// A node at `address` that broadcasts to the last address of `network`.
        public init(address: IPv4Address, network: IPv4Network) {
            self.address = address
            self.network = network
            self.broadcastAddress = network.broadcastAddress
        }
    }
}

/// A datagram that a node wants sent.
public struct NameTransmission: Hashable, Sendable {
    /// Whom it is for.
    public var destination: NameServiceEndpoint
    /// The address that it is to come from; `nil` for the one that was asked, or the interface's own.
    public var source: IPv4Address?
    /// What it says.
    public var packet: NameServicePacket

    /// The bytes of the datagram.
    public var bytes: [UInt8] { self.packet.encoded() }

    /// A packet on its way.
    public init(destination: NameServiceEndpoint, source: IPv4Address? = nil, packet: NameServicePacket) {
        self.destination = destination
        self.source = source
        self.packet = packet
    }
}
