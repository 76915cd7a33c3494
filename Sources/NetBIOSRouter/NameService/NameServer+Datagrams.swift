import NetBIOS

// Dispatches datagrams to nodes.
extension NameServer {
    /// Processes a datagram of a socket.
    func received(_ datagram: ReceivedDatagram, on socket: NameSocket) {
        let (bytes, source) = (datagram.bytes, datagram.source)
        switch socket.receives {
        case .unicasts where socket.service == .datagrams:
            self.node(askedAt: socket.address, by: source.address)?.receivedDatagram(bytes, from: source)
        case .unicasts where NameServicePacket.isResponse(bytes):
            // The sender of a response identifies itself by its question.
            for node in Array(self.nodes.values) + Array(self.retiring.values)
            where node.network.address == socket.address || node.network.localAddresses.contains(socket.address) {
                node.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
            }
        case .unicasts:
            let node = self.node(askedAt: socket.address, by: source.address)
            node?.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
        case .broadcasts:
            guard let arrival = datagram.arrival else { return }
            guard let node = self.node(hearing: arrival, from: source.address) else { return }
            switch socket.service {
            case .names: node.received(bytes, from: source, broadcast: true, replyFrom: node.network.address)
            case .datagrams: node.receivedDatagram(bytes, from: source)
            }
        }
    }

    /// Returns the node that receives a broadcast: of those that it reached, the one with the smallest network that
    /// contains the source.
    private func node(hearing arrival: ReceivedDatagram.Arrival, from source: IPv4Address) -> NameNodeRunner? {
        let candidates = self.nodes.values.filter { node in
            node.network.interfaceIndex == arrival.interfaceIndex
                && [.limitedBroadcast, node.network.network.broadcastAddress].contains(arrival.destination)
        }
        let nearest = candidates.filter { $0.network.network.contains(source) }
            .max { $0.network.network.prefixLength < $1.network.network.prefixLength }
        // A source outside all networks goes to some node, which counts the packet as dropped.
        return nearest ?? candidates.min { $0.network.address < $1.network.address }
    }

    /// Returns the node that responds at an address: the one with this address, otherwise the nearest on its interface.
    private func node(askedAt address: IPv4Address, by source: IPv4Address) -> NameNodeRunner? {
        if let own = self.nodes.values.first(where: { $0.network.address == address }) { return own }
        let candidates = self.nodes.values.filter { $0.network.localAddresses.contains(address) }
        return candidates.first { $0.network.network.contains(address) }
            ?? candidates.first { $0.network.network.contains(source) }
            ?? candidates.min { $0.network.address < $1.network.address }
            // Addresses of the loopback network need not be assigned.
            ?? self.nodes.values.first { node in
                node.network.network.contains(address) && node.network.network.address == IPv4Address(127, 0, 0, 0)
            }
    }
}
