import NetBIOS

/// A list of networks in the order of their addresses, to see in steps of log n what it covers.
struct NetworkCover {
    /// Networks of the list that leave no gap between them.
    private struct Stretch {
        var first: UInt32
        var last: UInt32
        /// Where its networks are in ``networks``.
        var networks: Range<Int>
    }

    /// By address, the largest of several at one address first.
    private let networks: [Located<IPv4Network>]
    private var stretches: [Stretch] = []

    init(_ networks: [Located<IPv4Network>]) {
        self.networks =
            networks.count < 2
            ? networks
            : networks.enumerated().sorted { left, right in
                let (a, b) = (left.element.value, right.element.value)
                return (a.address, a.prefixLength, left.offset) < (b.address, b.prefixLength, right.offset)
            }.map(\.element)
        for (index, network) in self.networks.enumerated() {
            let first = network.value.address.rawValue, last = network.value.broadcastAddress.rawValue
            if let end = self.stretches.indices.last, UInt64(first) <= UInt64(self.stretches[end].last) + 1 {
                self.stretches[end].last = max(self.stretches[end].last, last)
                self.stretches[end].networks = self.stretches[end].networks.lowerBound..<index + 1
            } else {
                self.stretches.append(Stretch(first: first, last: last, networks: index..<index + 1))
            }
        }
    }

    /// The stretch that an address is in.
    private func stretch(at address: UInt32) -> Stretch? {
        var low = 0, high = self.stretches.count
        while low < high {
            let middle = (low + high) / 2
            if self.stretches[middle].first <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address <= self.stretches[low - 1].last ? self.stretches[low - 1] : nil
    }

    /// Whether every address of a network is in one of the lists. Takes a look-up for each stretch within it, and no more.
    static func isCovered(_ network: IPv4Network, by covers: [NetworkCover]) -> Bool {
        var next = network.address.rawValue
        while let stretch = covers.lazy.compactMap({ $0.stretch(at: next) }).first {
            if stretch.last >= network.broadcastAddress.rawValue { return true }
            next = stretch.last + 1
        }
        return false
    }

    /// Where the one network that covers another whole is written, or else the first four that cover a part of it.
    static func reasons(for network: IPv4Network, in covers: [NetworkCover]) -> [TextRange] {
        var parts: [TextRange] = []
        for cover in covers {
            // A whole one begins at the network or before it, and the smaller ones inside it come after it.
            for length in 0...network.prefixLength {
                guard let whole = IPv4Network(containing: network.address, prefixLength: length) else { continue }
                if let range = cover.place(of: whole) { return [range] }
            }
            parts += cover.networks[cover.index(ofFirstFrom: network)...].prefix(4 - parts.count)
                .prefix { network.contains($0.value) }
                .map(\.range).sorted { ($0.file, $0.start) < ($1.file, $1.start) }
        }
        return parts
    }

    /// Where in ``networks`` a network is or would be.
    private func index(ofFirstFrom network: IPv4Network) -> Int {
        var low = 0, high = self.networks.count
        while low < high {
            let middle = (low + high) / 2
            let other = self.networks[middle].value
            if (other.address, other.prefixLength) < (network.address, network.prefixLength) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Where a network of the list is written.
    private func place(of network: IPv4Network) -> TextRange? {
        let index = self.index(ofFirstFrom: network)
        guard index < self.networks.count, self.networks[index].value == network else { return nil }
        return self.networks[index].range
    }
}
