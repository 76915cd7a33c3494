extension NameAnnouncer {
    /// What an announcer knows of its interface.
    public struct Configuration: Hashable, Sendable {
        /// The address of the interface, which requests do not come from.
        public var address: IPv4Address
        /// The network of the interface; datagrams of other sources are dropped.
        public var network: IPv4Network
        /// Where announcements are sent.
        public var broadcastAddress: IPv4Address
        /// The UDP port that they are sent to, and said to come from.
        public var port: UInt16 = NetBIOSDatagram.standardPort
        /// The workgroup whose browsers are told; its suffix does not matter.
        public var workgroup: NetBIOSName
        /// How the owner of the names says that it registers them.
        public var nodeType: NodeType = .broadcast
        /// Announcements a second, at most; less than 1 counts as 1.
        public var rate: Int = 200

        /// An announcer at `address` that broadcasts to the last address of `network`.
        public init(address: IPv4Address, network: IPv4Network, workgroup: NetBIOSName) {
            self.address = address
            self.network = network
            self.broadcastAddress = network.broadcastAddress
            self.workgroup = workgroup
        }
    }
}

/// A datagram that an announcer wants sent.
public struct DatagramTransmission: Hashable, Sendable {
    /// The address that it is sent from.
    public var source: IPv4Address
    /// Whom it is for.
    public var destination: NameServiceEndpoint
    /// What it says.
    public var datagram: NetBIOSDatagram

    /// The bytes of the datagram.
    public var bytes: [UInt8] { self.datagram.encoded() }
}
