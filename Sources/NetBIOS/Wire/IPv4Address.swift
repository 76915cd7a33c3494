/// An IPv4 address, the only kind in NetBIOS over TCP/IP.
public struct IPv4Address: Hashable, Sendable {
    /// The four bytes as a number in host order.
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        self.rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Parses four decimal numbers without leading zeros.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var rawValue: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for digit in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard number <= 255 else { return nil }
            rawValue = rawValue << 8 | number
        }
        self.rawValue = rawValue
    }

    /// `0.0.0.0`: all addresses of the host, if bound.
    public static let any = IPv4Address(rawValue: 0)

    /// `255.255.255.255`: every host on the link.
    public static let limitedBroadcast = IPv4Address(rawValue: .max)

    /// Whether it can be the address of one host: not the wildcard, limited broadcast or a multicast address. A
    /// network's broadcast address is not detected.
    public var canBeOneHost: Bool {
        self != .any && self != .limitedBroadcast && self.rawValue >> 28 != 0xE
    }
}

extension IPv4Address: Comparable {
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.rawValue < right.rawValue }
}

extension IPv4Address: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func put(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            for shift in [24, 16, 8, 0] as [UInt32] {
                if shift < 24 { put(UInt8(ascii: ".")) }
                let number = UInt8(truncatingIfNeeded: self.rawValue >> shift)
                if number >= 100 { put(UInt8(ascii: "0") + number / 100) }
                if number >= 10 { put(UInt8(ascii: "0") + number / 10 % 10) }
                put(UInt8(ascii: "0") + number % 10)
            }
            return count
        }
    }
}

/// An IPv4 network: an address and a prefix length.
public struct IPv4Network: Hashable, Sendable {
    /// The lowest address; all bits after the prefix are zero.
    public let address: IPv4Address
    /// 0 to 32.
    public let prefixLength: Int

    /// Makes the network that contains `address`; `nil` if `prefixLength` is not 0 to 32.
    public init?(containing address: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(prefixLength))
    }

    /// The highest address, which is the broadcast address.
    public var broadcastAddress: IPv4Address {
        IPv4Address(rawValue: self.address.rawValue | ~Self.mask(self.prefixLength))
    }

    public func contains(_ address: IPv4Address) -> Bool {
        address.rawValue & Self.mask(self.prefixLength) == self.address.rawValue
    }

    /// Whether every address of `other` is in this network.
    public func contains(_ other: IPv4Network) -> Bool {
        other.prefixLength >= self.prefixLength && self.contains(other.address)
    }

    private static func mask(_ prefixLength: Int) -> UInt32 {
        prefixLength == 0 ? 0 : ~0 << UInt32(32 - prefixLength)
    }
}

extension IPv4Network: CustomStringConvertible {
    public var description: String { "\(self.address)/\(self.prefixLength)" }
}
