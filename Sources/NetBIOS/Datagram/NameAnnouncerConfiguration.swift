extension NameAnnouncer {
    /// The settings of an announcer.
    public struct Configuration: Hashable, Sendable {
        /// The address of the interface; datagrams from it are ignored.
        public var address: IPv4Address
        /// The network of the interface; datagrams of other sources are dropped.
        public var network: IPv4Network
        /// The destination of announcements.
        public var broadcastAddress: IPv4Address
        /// The UDP port that announcements are sent to, and their source port.
        public var port: UInt16 = NetBIOSDatagram.standardPort
        /// The workgroup of the browsers; its suffix is ignored.
        public var workgroup: NetBIOSName
        /// The node type stated in datagrams.
        public var nodeType: NodeType = .broadcast
        /// Maximum announcements per second; values below 1 count as 1.
        public var rate: Int = 200

        /// Makes the settings of an announcer at `address`, with the broadcast address of `network`.
        public init(address: IPv4Address, network: IPv4Network, workgroup: NetBIOSName) {
            self.address = address
            self.network = network
            self.broadcastAddress = network.broadcastAddress
            self.workgroup = workgroup
        }
    }
}

/// A datagram to send.
public struct DatagramTransmission: Hashable, Sendable {
    /// The source address.
    public var source: IPv4Address
    /// The destination.
    public var destination: NameServiceEndpoint
    public var datagram: NetBIOSDatagram

    /// The encoded datagram.
    public var bytes: [UInt8] { self.datagram.encoded() }
}
