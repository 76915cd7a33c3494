import NetBIOS

// What becomes of a datagram: which node hears it, and which socket it leaves from.
extension NameServer {
    /// Takes one datagram from a socket.
    ///
    /// - Parameters:
    ///   - bytes: The datagram.
    ///   - source: Who sent it.
    ///   - socket: The socket that received it.
    ///   - interfaceIndex: The interface that it came in on; `nil` when the kernel did not say.
    ///   - destination: The address that it was sent to; `nil` when the kernel did not say.
    func received(
        _ bytes: [UInt8],
        from source: NameServiceEndpoint,
        on socket: NameSocket,
        interfaceIndex: Int?,
        destination: IPv4Address?
    ) {
        switch socket.receives {
        case .unicasts where socket.service == .datagrams:
            self.node(askedAt: socket.address, by: source.address)?.receivedDatagram(bytes, from: source)
        case .unicasts where NameServicePacket.isResponse(bytes):
            // Whoever asked knows its own question.
            for node in Array(self.nodes.values) + Array(self.retiring.values)
            where node.network.address == socket.address || node.network.localAddresses.contains(socket.address) {
                node.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
            }
        case .unicasts:
            let node = self.node(askedAt: socket.address, by: source.address)
            node?.received(bytes, from: source, broadcast: false, replyFrom: socket.address)
        case .broadcasts:
            let candidates = self.nodes.values.filter { $0.network.interfaceIndex == interfaceIndex }
            // A host that is in none of the interface's networks is for a node, too: it counts what it drops.
            let node = candidates.first { $0.network.network.contains(source.address) } ?? candidates.first
            guard let node, let destination,
                destination == .limitedBroadcast || destination == node.network.network.broadcastAddress
            else { return }
            switch socket.service {
            case .names: node.received(bytes, from: source, broadcast: true, replyFrom: node.network.address)
            case .datagrams: node.receivedDatagram(bytes, from: source)
            }
        }
    }

    /// The node that answers at an address: the one whose own it is, else of those on its interface the nearest.
    private func node(askedAt address: IPv4Address, by source: IPv4Address) -> NameNodeRunner? {
        if let own = self.nodes.values.first(where: { $0.network.address == address }) { return own }
        let candidates = self.nodes.values.filter { $0.network.localAddresses.contains(address) }
        return candidates.first { $0.network.network.contains(address) }
            ?? candidates.first { $0.network.network.contains(source) }
            ?? candidates.min { $0.network.address < $1.network.address }
    }

    /// Sends a datagram from a socket, or loses it.
    func send(_ bytes: [UInt8], to destination: NameServiceEndpoint, from socket: NameSocket) {
        self.ports.send(bytes, to: destination, from: socket)
    }

    /// Sends a datagram to browsers: from the address of its name, or where that is gone from the network's own.
    func send(_ transmission: DatagramTransmission, on network: NameNetwork) {
        let sockets = [transmission.source, network.address].compactMap(network.datagramSocket)
        self.ports.send(transmission.bytes, to: transmission.destination, fromFirstOf: sockets)
    }
}
